/** Invite codes by camera: offered only where there is everything for it, and read until there is one. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { cameraWords, canScan, scan, type CodeReader } from '../../../web/state/qr-scan.ts';

const names = ['isSecureContext', 'navigator', 'BarcodeDetector'] as const;
const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
afterEach(() => {
  for (const [name, own] of before) {
    if (own === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, own);
  }
});

function browser(over: { secure?: boolean; devices?: string[] | null; formats?: string[] | null }): void {
  const { secure = true, devices = ['audioinput', 'videoinput'], formats = ['ean_8', 'qr_code'] } = over;
  const put = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  put('isSecureContext', secure);
  const enumerateDevices = () => Promise.resolve(devices?.map((kind) => ({ kind })));
  put('navigator', devices === null ? {} : { mediaDevices: { enumerateDevices } });
  if (formats !== null) put('BarcodeDetector', { getSupportedFormats: () => Promise.resolve(formats) });
}

test('scanning is offered only with a camera, a secure context and a reader of QR codes', async () => {
  browser({});
  assert.equal(await canScan(), true);
  for (const lacking of [
    { secure: false },
    { devices: ['audioinput'] },
    { devices: null },
    { formats: ['ean_8'] },
    { formats: [] },
  ]) {
    browser(lacking);
    assert.equal(await canScan(), false, JSON.stringify(lacking));
  }
  Reflect.deleteProperty(globalThis, 'BarcodeDetector');
  browser({ formats: null });
  assert.equal(await canScan(), false);
});

/** A camera that sees these one after the other; an error is a picture that cannot be read. */
function sees(...pictures: (string[] | Error)[]): CodeReader {
  return {
    detect: () => {
      const picture = pictures.length > 1 ? pictures.shift() : pictures[0];
      if (picture === undefined || picture instanceof Error) return Promise.reject(picture ?? new Error());
      return Promise.resolve(picture.map((rawValue) => ({ rawValue })));
    },
  };
}
const video = {} as HTMLVideoElement;
const fields = { pid: 'p1', epk: 'e', xpk: 'x', ep: [] };
const invite = `canopy:${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;

test('it looks until there is an invite, and says so when it sees another code', async () => {
  let others = 0;
  const options = { signal: new AbortController().signal, onOther: () => (others += 1), lookMs: 0 };
  const reader = sees(
    new Error('no picture yet'),
    [],
    ['https://example.org'],
    ['canopy:cut', ` ${invite}\n`],
  );
  assert.equal(await scan(reader, video, options), invite);
  assert.equal(others, 1);
});

test('stopped, it gives nothing, also of what it just sees', async () => {
  const stop = new AbortController();
  const reader: CodeReader = {
    detect: () => {
      stop.abort();
      return Promise.resolve([{ rawValue: invite }]);
    },
  };
  assert.equal(await scan(reader, video, { signal: stop.signal, onOther: () => undefined, lookMs: 0 }), null);
});

test('what is wrong with the camera has its own sentence', () => {
  const sentences = ['NotAllowedError', 'NotReadableError', 'NotFoundError'].map((name) =>
    cameraWords(new DOMException('', name)),
  );
  assert.equal(new Set(sentences).size, 3);
});
