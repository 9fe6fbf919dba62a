/**
 * Invite codes by camera (05 section 10.2, `Scan QR code`): with the browser's own reader of QR codes, which some have on some
 * systems; nothing is loaded where there is none.
 */
import { readInvite } from './invite.ts';

/** What this browser reads pictures with. */
export interface CodeReader {
  detect(source: HTMLVideoElement): Promise<readonly { rawValue: string }[]>;
}

/** Browsers have it under this name; TypeScript does not know it. */
interface CodeReaderClass {
  new (options: { formats: readonly string[] }): CodeReader;
  getSupportedFormats(): Promise<readonly string[]>;
}

const FORMAT = 'qr_code';
/** Between two looks: a person holds a code for some seconds. */
const LOOK_MS = 200;

function readerClass(): CodeReaderClass | null {
  return (globalThis as { BarcodeDetector?: CodeReaderClass }).BarcodeDetector ?? null;
}

/** Whether there is a camera, a reader, and a page that may use them. Asks nobody. */
export async function canScan(): Promise<boolean> {
  if (!globalThis.isSecureContext || !('mediaDevices' in navigator)) return false;
  try {
    const formats = await readerClass()?.getSupportedFormats();
    if (formats?.includes(FORMAT) !== true) return false;
    return (await navigator.mediaDevices.enumerateDevices()).some(({ kind }) => kind === 'videoinput');
  } catch {
    return false;
  }
}

/** @throws {Error} where {@link canScan} says no. */
export function codeReader(): CodeReader {
  const Reader = readerClass();
  if (Reader === null) throw new Error('no reader of QR codes');
  return new Reader({ formats: [FORMAT] });
}

/**
 * Looks until there is an invite code or it is stopped.
 * @param onOther told of a code that is none.
 * @returns the code; null when stopped.
 */
export async function scan(
  reader: CodeReader,
  video: HTMLVideoElement,
  { signal, onOther, lookMs = LOOK_MS }: { signal: AbortSignal; onOther: () => void; lookMs?: number },
): Promise<string | null> {
  while (!signal.aborted) {
    // Before its first picture a camera has nothing to be read.
    const found = await reader.detect(video).catch(() => []);
    for (const { rawValue } of found) {
      const reading = readInvite(rawValue);
      if (reading.state === 'invite' && !signal.aborted) return reading.code;
    }
    if (found.length > 0) onOther();
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return null;
}

/** Why there is no picture, in words. */
export function cameraWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError')
    return 'This browser does not let the page use the camera. Allow it in the browser, or paste the code.';
  if (name === 'NotReadableError') return 'Another program uses the camera. Close it, or paste the code.';
  return 'The camera gives no picture. Paste the code instead.';
}
