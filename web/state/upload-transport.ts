/**
 * Carries files to the node (05 section 10.7, F-2): a few at a time, so that the rest of the page keeps its connections. When
 * the connection breaks or the node restarts, it asks how much came and goes on from there, for as long as it takes.
 */
import { ApiError, errorFromAnswer } from '../api/client.ts';

/** A file the node has. */
export interface SentFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** What is heard of one file on its way. */
export interface UploadHandlers {
  /** Bytes the node has. */
  progress: (loaded: number) => void;
  /** It does not go on now, and why; it will by itself. */
  waiting: (reason: string) => void;
  done: (file: SentFile) => void;
  failed: (reason: string) => void;
}

/** Sends one file; the handle ends it. */
export type Transport = (file: File, on: UploadHandlers) => { cancel: () => void };

/** What the node says of an upload. */
export interface UploadAnswer {
  received: number;
  file: { file_id: string; filename: string; content_type: string; size: number } | null;
}

/** Browsers allow six connections to one host; calls and the event stream need theirs. */
const AT_ONCE = 2;
/** Waits before it goes on; the last one repeats. */
const RETRY_MS = [1_000, 2_000, 4_000, 5_000];
/** So many times nothing at all came through although the node answers: then it is the file, or what stands between. */
const MAX_FRUITLESS = 5;
const UNREADABLE =
  'It could not be sent: it may have been moved or changed, or something on the way stops it.';

export interface UploadComponents {
  /** Sends the body; resolves with the status, 0 when there was no answer. */
  put: (
    address: string,
    body: Blob,
    progress: (sent: number) => void,
  ) => { answer: Promise<{ status: number; body: unknown }>; cancel: () => void };
  /** Asks how far it is. @throws {ApiError} */
  state: (address: string) => Promise<UploadAnswer>;
  /** Tells the node that nobody goes on with it. */
  forget: (address: string) => void;
  /** A refusal may mean that the token is old. */
  renewToken: () => Promise<unknown>;
  later: (ms: number, run: () => void) => () => void;
  /** A name that nobody else gives. */
  newName: () => string;
}

/** One file on its way. */
interface Job {
  file: File;
  on: UploadHandlers;
  address: string;
  ended: boolean;
  stop: () => void;
}

export function uploadTransport(components: UploadComponents): Transport {
  const waiting: Job[] = [];
  let running = 0;
  const next = (): void => {
    while (running < AT_ONCE) {
      const job = waiting.shift();
      if (job === undefined) return;
      running += 1;
      void carry(components, job).finally(() => {
        running -= 1;
        next();
      });
    }
  };
  return (file, on) => {
    const address = `/api/v1/files/uploads/${components.newName()}`;
    const job: Job = { file, on, address, ended: false, stop: () => undefined };
    waiting.push(job);
    next();
    return {
      cancel: () => {
        if (job.ended) return;
        job.ended = true;
        const at = waiting.indexOf(job);
        if (at >= 0) waiting.splice(at, 1);
        else components.forget(address);
        job.stop();
      },
    };
  };
}

async function carry(components: UploadComponents, job: Job): Promise<void> {
  const { on, address } = job;
  let offset = 0;
  let attempts = 0;
  let fruitless = 0;
  while (!job.ended) {
    let answered = false;
    try {
      if (attempts > 0) {
        const { received, file: kept } = await components.state(address);
        answered = true;
        if (job.ended) return;
        if (kept !== null) return finish(job, kept);
        if (received > offset) fruitless = 0;
        offset = received;
        on.progress(offset);
      }
      const answer = await send(components, job, offset, () => (attempts = 1));
      if (job.ended) return;
      if (answer.file !== null) return finish(job, answer.file);
      attempts = 1;
    } catch (error) {
      if (job.ended) return;
      const reason = whyToWait(error);
      // An outage counts once however long it takes: nothing is counted while the question is not answered.
      if (reason === '' || answered) fruitless += 1;
      if (reason === null || fruitless > MAX_FRUITLESS) return end(job, () => on.failed(wordsOf(error)));
      if (error instanceof ApiError && error.status === 403)
        await components.renewToken().catch(() => undefined);
      if (reason !== '') on.waiting(reason);
      await pause(components, job, RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] ?? 1_000);
      attempts += 1;
    }
  }
}

async function send(
  components: UploadComponents,
  job: Job,
  offset: number,
  moved: () => void,
): Promise<UploadAnswer> {
  const { file, on, address } = job;
  const query = new URLSearchParams({
    offset: String(offset),
    size: String(file.size),
    filename: file.name,
    content_type: file.type,
  });
  const sending = components.put(`${address}?${query.toString()}`, file.slice(offset), (sent) => {
    if (job.ended) return;
    moved();
    on.progress(Math.min(offset + sent, file.size));
  });
  job.stop = sending.cancel;
  const { status, body } = await sending.answer;
  if (status === 0) throw new ApiError(0, 'unreachable', 'This node is not answering.');
  if (status !== 200) throw errorFromAnswer(status, body);
  return body as UploadAnswer;
}

function wordsOf(error: unknown): string {
  if (error instanceof ApiError && !error.unreachable) return error.message;
  return UNREADABLE;
}

/** Null: it is of no use to try again. Empty: there is nothing to say about it. */
function whyToWait(error: unknown): string | null {
  if (!(error instanceof ApiError)) return null;
  if (error.unreachable || error.status === 429 || error.status === 503) return error.message;
  // The session is asked for anew by the next question, the token is renewed, and the place is asked for.
  const mends = error.status === 401 || error.code.includes('csrf') || error.code === 'upload_offset';
  return mends ? '' : null;
}

function pause({ later }: UploadComponents, job: Job, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = later(ms, resolve);
    job.stop = () => {
      cancel();
      resolve();
    };
  });
}

function finish(
  job: Job,
  { file_id: id, filename: name, content_type: type, size }: NonNullable<UploadAnswer['file']>,
): void {
  end(job, () => job.on.done({ id, name, type, size }));
}

function end(job: Job, tell: () => void): void {
  job.ended = true;
  tell();
}

/** The browser's way to send a body and see how far it is. */
export function browserPut(csrfToken: () => string): UploadComponents['put'] {
  return (address, body, progress) => {
    const request = new XMLHttpRequest();
    const answer = new Promise<{ status: number; body: unknown }>((resolve) => {
      request.open('PUT', address);
      request.setRequestHeader('X-Canopy-Page', '1');
      request.setRequestHeader('X-CSRFToken', csrfToken());
      request.responseType = 'json';
      request.upload.addEventListener('progress', (event) => progress(event.loaded));
      request.addEventListener('loadend', () =>
        resolve({ status: request.status, body: request.response as unknown }),
      );
      request.send(body);
    });
    return { answer, cancel: () => request.abort() };
  };
}

/** A name by chance; `randomUUID` is not there on plain http. */
export function uploadName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
