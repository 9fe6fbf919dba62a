/**
 * Catching up with peers as it goes on (06 section 4.2 point 4, 05 section 10.17): the events `sync.progress` in, what
 * is shown out. A short one is never shown, and one of which nothing is heard any more goes by itself.
 */
import { signal } from '@preact/signals';
import { decimals, percentWords } from './numbers.ts';

/** Over before this, it is not worth a word. */
const SHOWN_AFTER_MS = 1_000;
/** Without news for this long it is not shown any more; the node gives up a run earlier. */
const SILENT_MS = 90_000;

/** What one peer still gives. */
export interface Progress {
  done: number;
  total: number;
}

/** `sync.progress` as the stream carries it. */
export interface ProgressEvent {
  peer_id: string;
  done: number;
  total: number;
  state: 'running' | 'done' | 'ended';
}

/** Collaborators; the browser's own in the page, doubles in tests. */
export interface CatchingUpComponents {
  /** Runs `task` after `ms`; returns how to cancel it. */
  after: (ms: number, task: () => void) => () => void;
  /** Told once for each catch-up that is shown. */
  began: (peerId: string) => void;
  /** Told when nothing goes on any more. */
  idle: () => void;
}

interface Running extends Progress {
  shown: boolean;
  cancel: () => void;
  cancelSilence: () => void;
}

/** Follows every catch-up. */
export class CatchingUp {
  readonly #components: CatchingUpComponents;
  readonly #running = new Map<string, Running>();
  /** What is shown, by peer. */
  readonly shown = signal<ReadonlyMap<string, Progress>>(new Map());

  constructor(components: CatchingUpComponents) {
    this.#components = components;
  }

  /** Whether anything goes on, shown or not. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** The node says how far it is. */
  heard({ peer_id: peerId, done, total, state }: ProgressEvent): void {
    if (state !== 'running') return this.over(peerId);
    const known = this.#running.get(peerId);
    known?.cancelSilence();
    const cancelSilence = this.#components.after(SILENT_MS, () => this.over(peerId));
    if (known !== undefined) Object.assign(known, { done, total, cancelSilence });
    else {
      const cancel = this.#components.after(SHOWN_AFTER_MS, () => this.#show(peerId));
      this.#running.set(peerId, { done, total, shown: false, cancel, cancelSilence });
    }
    if (known?.shown === true) this.#publish();
  }

  /** It is over, well or not, or the peer is gone. */
  over(peerId: string): void {
    const running = this.#running.get(peerId);
    if (running === undefined) return;
    running.cancel();
    running.cancelSilence();
    this.#running.delete(peerId);
    if (running.shown) this.#publish();
    if (!this.busy) this.#components.idle();
  }

  /** Nothing is known any more: the stream ended. */
  clear(): void {
    for (const peerId of [...this.#running.keys()]) this.over(peerId);
  }

  #show(peerId: string): void {
    const running = this.#running.get(peerId);
    if (running === undefined) return;
    running.shown = true;
    this.#publish();
    this.#components.began(peerId);
  }

  #publish(): void {
    this.shown.value = new Map(
      [...this.#running]
        .filter(([, { shown }]) => shown)
        .map(([peerId, { done, total }]) => [peerId, { done, total }]),
    );
  }
}

/** Part of the whole, 0 to 100, rounded down: 100 says that everything is here. */
export function percent({ done, total }: Progress): number {
  return total <= 0 ? 0 : Math.min(100, Math.floor((done / total) * 100));
}

/** `41 %, 1,230 of 3,000`. */
export function progressText(progress: Progress): string {
  return `${percentWords(percent(progress))}, ${decimals(progress.done, 0)} of ${decimals(progress.total, 0)}`;
}

/** All of them as one. */
export function sum(all: ReadonlyMap<string, Progress>): Progress | null {
  if (all.size === 0) return null;
  let done = 0;
  let total = 0;
  for (const progress of all.values()) {
    done += progress.done;
    total += progress.total;
  }
  return { done, total };
}

/** `Catching up with Alice: 1,240 of 3,000` (05 section 10.8, L-7). */
export function catchingUpWith(
  all: ReadonlyMap<string, Progress>,
  nameOf: (peerId: string) => string,
): string {
  const { done, total } = sum(all) ?? { done: 0, total: 0 };
  const [first = ''] = all.keys();
  const number = new Intl.NumberFormat();
  const whom = all.size === 1 ? nameOf(first) : `${all.size} devices`;
  return `Catching up with ${whom}: ${number.format(done)} of ${number.format(total)}`;
}
