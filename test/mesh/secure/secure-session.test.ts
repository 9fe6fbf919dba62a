import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinkLost } from '../../../server/mesh/secure/types.ts';
import {
  BadFrameError,
  CONTROL,
  ITEM,
  MAX_BODY_BYTES,
  closeBody,
  controlFrame,
  readClose,
} from '../../../server/wire/secure-frames.ts';
import type { Frame } from '../../../server/wire/secure-frames.ts';
import { attack, line } from './sessions.ts';

const ping = controlFrame(CONTROL.ping, new Uint8Array(8));
const item = (type: number, stream: number, size = 0, more = false): Frame => ({
  type,
  stream,
  more,
  body: new Uint8Array(size),
});
const HOUR = 3_600_000;

describe('a secure session', () => {
  it('carries items both ways and says when they were handed over', async () => {
    const { time, near, far } = line();
    const sent = [near.session.send('text'), near.session.send(ITEM.file, new Uint8Array(200_000))];
    void far.session.send(ITEM.read, new Uint8Array(3));
    await time.run(100);
    await Promise.all(sent);
    assert.deepEqual(
      far.items.map(({ type, body }) => [type, body.length]),
      [
        [ITEM.envelope, 8],
        [ITEM.file, 200_000],
      ],
    );
    assert.deepEqual(near.items[0]?.type, ITEM.read);
    assert.equal(near.session.backlogBytes, 0);
    assert.equal(near.session.skewMs, 5_000);
  });

  it('puts a chat message behind at most 256 KiB of a transfer', async () => {
    const { time, near, far } = line();
    near.carrier.takes = false;
    void near.session.send(ITEM.file, new Uint8Array(4_000_000));
    await time.run(10);
    const first = near.session.send('chat');
    near.carrier.take();
    await time.run(1_000);
    await first;
    assert.deepEqual(
      far.items.map(({ type }) => type),
      [ITEM.envelope, ITEM.file],
    );
    const { near: stuck, far: other } = line();
    stuck.carrier.takes = false;
    void stuck.session.send(ITEM.file, new Uint8Array(4_000_000)).catch(() => undefined);
    assert.ok(stuck.session.backlogBytes >= 4_000_000);
    assert.equal(other.items.length, 0);
  });

  it('lives without traffic, and is found dead when the line is', async () => {
    const { time, near, far } = line();
    await time.run(HOUR);
    assert.deepEqual([near.closed, far.closed], [[], []]);
    assert.equal(near.session.info().rttMs, 2);
    far.carrier.other = null;
    near.carrier.other = null;
    await time.run(14_900);
    assert.deepEqual(near.closed, []);
    await time.run(31_000);
    assert.deepEqual([near.closed, far.closed], [[null], [null]]);
    assert.deepEqual(near.carrier.closes, ['terminated']);
    await assert.rejects(near.session.send('too late'), LinkLost);
  });

  it('is not taken for dead by a peer while it does not read', async () => {
    const { time, near, far } = line();
    far.session.pause();
    void near.session.send('waits');
    await time.run(600_000);
    assert.deepEqual([near.closed, far.closed, far.items], [[], [], []]);
    far.session.resume();
    await time.run(100);
    assert.equal(far.items.length, 1);
    // One frame at a time, as a budget that is used up lets them in.
    const often = time.every(50, () => {
      far.session.resume();
      far.session.pause();
    });
    await time.run(600_000);
    often.cancel();
    assert.deepEqual([near.closed, far.closed], [[], []]);
  });

  it('answers whether it lives at once when asked', async () => {
    const { time, near } = line();
    const yes = near.session.probe(5_000);
    await time.run(100);
    assert.equal(await yes, true);
    near.carrier.other = null;
    const no = near.session.probe(5_000);
    const unsure = near.session.confirm();
    await time.run(5_100);
    assert.equal(await no, false);
    assert.equal(await unsure, false);
    assert.deepEqual(near.carrier.closes, ['terminated']);
  });

  it('ends with a word that the other side hears, and rejects what was not handed over', async () => {
    const { time, near, far } = line();
    near.carrier.takes = false;
    const lost = near.session.send(ITEM.file, new Uint8Array(1_000_000));
    await time.run(1);
    const result = assert.rejects(lost, LinkLost);
    near.session.close('superseded');
    near.session.close('normal');
    near.carrier.take();
    await time.run(100);
    await result;
    assert.deepEqual([near.closed, far.closed], [['superseded'], ['superseded']]);
    assert.deepEqual(near.carrier.closes, [1000]);
  });

  it('does not read from a peer whose items wait for their handlers', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { time, near, far } = line(() => gate);
    const sent = Array.from({ length: 60 }, () => near.session.send(ITEM.file, new Uint8Array(1_000_000)));
    await time.run(30_000);
    assert.equal(far.items.length, 1, 'one after the other');
    assert.ok(far.carrier.unread.length > 500);
    release();
    await time.run(30_000);
    await Promise.all(sent);
    assert.equal(far.items.length, 60);
    assert.deepEqual(far.closed, []);
  });

  it('is renewed after a day by the side that opened it, and closed when that keeps failing', async () => {
    const { time, near, far } = line();
    await time.run(21.5 * HOUR);
    assert.equal(near.renewals, 0);
    await time.run(5.5 * HOUR);
    assert.equal(near.renewals, 3);
    assert.equal(far.renewals, 0);
    assert.deepEqual([near.closed, far.closed], [['renew'], ['renew']]);
  });

  it('gives up a line that takes nothing although something comes', async () => {
    const { time, near, far } = line();
    near.carrier.takes = false;
    void near.session.send('stuck').catch(() => undefined);
    const alive = time.every(5_000, () => void far.session.send('alive').catch(() => undefined));
    await time.run(130_000);
    alive.cancel();
    assert.deepEqual(near.carrier.closes, ['terminated']);
  });
});

describe('a peer with the keys', () => {
  const endsWith = async (frames: Frame[], code: string, handle?: () => Promise<void>): Promise<void> => {
    const { near, say, heard } = attack(handle);
    await say(...frames);
    assert.deepEqual(near.closed, [code]);
    const last = heard().at(-1);
    assert.equal(last?.type, CONTROL.close);
    assert.equal(last === undefined ? '' : readClose(last.body).code, code);
    assert.deepEqual(near.carrier.closes, [1000]);
  };

  it('is closed for what breaks the rules', async () => {
    await endsWith([controlFrame(CONTROL.confirm)], 'bad_frame');
    await endsWith([controlFrame(CONTROL.ready)], 'bad_frame');
    await endsWith([controlFrame(CONTROL.ping, new Uint8Array(7))], 'bad_frame');
    await endsWith([controlFrame(CONTROL.pong, new Uint8Array(9))], 'bad_frame');
    await endsWith([item(ITEM.file, 2), item(ITEM.file, 1)], 'bad_frame');
    await endsWith([item(ITEM.file, 1, 1, true), item(ITEM.ack, 1)], 'bad_frame');
    await endsWith([controlFrame(CONTROL.close, new Uint8Array(0))], 'bad_frame');
    await endsWith([item(ITEM.read, 1)], 'bad_frame', () =>
      Promise.reject(new BadFrameError('what its handler says')),
    );
  });

  it('is closed for more than is held for one', async () => {
    const full = Array.from({ length: 70 }, () => item(ITEM.file, 1, MAX_BODY_BYTES, true));
    await endsWith(full, 'limit');
    await endsWith(
      Array.from({ length: 17 }, (_, i) => item(ITEM.file, i + 1, 1, true)),
      'limit',
    );
    await endsWith(
      Array.from({ length: 1_000 }, () => controlFrame(0x0e as never)),
      'limit',
    );
    await endsWith(
      Array.from({ length: 1_000 }, (_, i) => item(0x99, i + 1)),
      'limit',
    );
  });

  it('is closed when an item of it does not end', async () => {
    const { near, say, time } = attack();
    await say(item(ITEM.file, 1, 10, true));
    const alive = time.every(10_000, () => void say(ping));
    await time.run(100_000);
    alive.cancel();
    assert.deepEqual(near.closed, ['limit']);
  });

  it('that pings without reading is closed when too many pongs wait', async () => {
    const { near, say } = attack();
    near.carrier.takes = false;
    void near.session.send(ITEM.file, new Uint8Array(400_000)).catch(() => undefined);
    await say(...Array.from({ length: 100 }, () => ping));
    assert.deepEqual(near.closed, ['limit']);
  });

  it('may say types of frames that nobody knows', async () => {
    const { near, say } = attack();
    await say(...Array.from({ length: 400 }, (_, i) => item(0x99, i + 1)), controlFrame(0x0f as never));
    await say(item(ITEM.read, 999, 3));
    assert.deepEqual(near.closed, []);
    assert.equal(near.odd.length, 2);
    assert.equal(near.items.length, 1);
  });

  it('is not heard after its close', async () => {
    const { near, say } = attack();
    await say(controlFrame(CONTROL.close, closeBody('renew')), item(ITEM.read, 1, 3));
    assert.deepEqual([near.closed, near.items], [['renew'], []]);
  });

  it('does not hurt with a handler that fails', async () => {
    const { near, say } = attack(() => Promise.reject(new Error('a fault of ours')));
    await say(item(ITEM.read, 1, 3), item(ITEM.read, 2, 3));
    assert.deepEqual([near.closed, near.items.length, near.odd.length], [[], 2, 2]);
  });
});
