/**
 * Work beside the event loop: a thread of its own that is asked one question at a time, has a limit on its memory and
 * time, and is let go when nobody needs it. What it does is in the file it is started with.
 */
import { Worker } from 'node:worker_threads';
import type { Background } from './types.ts';

/**
 * Memory of the thread, MiB: room for the largest message a few times over. Whoever needs more ends the thread alone;
 * from Node.js 24 on the whole process, so what a message may hold is bounded before (65,536 values).
 */
const MAX_HEAP_MIB = 256;
/** An answer that takes longer never comes. */
const ANSWER_TIMEOUT_MS = 30_000;
/** A thread nobody asked for this long is let go. */
const IDLE_MS = 30_000;

/** No answer came: the thread ended, failed, or took too long. */
export class BackgroundError extends Error {
  override readonly name = 'BackgroundError';
  readonly code = 'background_failed';
}

/** The one question a thread works on. */
interface Asked<Answer> {
  resolve: (answer: Answer) => void;
  reject: (error: BackgroundError) => void;
}

/** A {@link Background} in a thread. */
export class BackgroundThread<Question, Answer> implements Background<Question, Answer> {
  readonly #entry: URL;
  #worker: Worker | null = null;
  #asked: Asked<Answer> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param entry the file the thread runs: it answers each message with one message. */
  constructor(entry: URL) {
    this.#entry = entry;
  }

  /** Asks after those before have been answered. @throws {BackgroundError} */
  ask(question: Question): Promise<Answer> {
    const turn = this.#last.then(() => this.#ask(question));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the thread; the next question starts another. */
  async stop(): Promise<void> {
    await this.#end('the thread was stopped');
  }

  #ask(question: Question): Promise<Answer> {
    const worker = (this.#worker ??= this.#start());
    // Only while it is asked does the thread keep the process alive.
    worker.ref();
    this.#wait(ANSWER_TIMEOUT_MS, 'no answer in time');
    return new Promise<Answer>((resolve, reject) => {
      this.#asked = { resolve, reject };
      worker.postMessage(question);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
    worker.on('message', (answer: Answer) => {
      worker.unref();
      const asked = this.#asked;
      this.#asked = null;
      this.#wait(IDLE_MS, 'nobody asked');
      asked?.resolve(answer);
    });
    const ended = (reason: string): void => {
      if (this.#worker === worker) void this.#end(reason);
    };
    worker.on('error', (error) => ended(`the thread failed: ${error.name}`));
    worker.on('exit', () => ended('the thread ended'));
    return worker;
  }

  /** The thread ends unless something else happens first. */
  #wait(ms: number, reason: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#end(reason), ms);
    this.#timer.unref();
  }

  async #end(reason: string): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const worker = this.#worker;
    const asked = this.#asked;
    this.#worker = null;
    this.#asked = null;
    asked?.reject(new BackgroundError(reason));
    await worker?.terminate();
  }
}
