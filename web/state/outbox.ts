/**
 * The unsent queue (05 sections 10.5 M-1 and 10.8 L-5): what a person wrote is shown at once, goes to the node in order,
 * waits while the node does not answer, survives a reload, and is never sent twice. A refusal stays in place with its
 * reason until the person retries, edits or deletes it.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { FileRef } from './uploads.ts';

/** Where something goes: a channel, a person or group, or every connected peer. */
export type Target = { kind: 'channel'; id: string } | { kind: 'dm'; id: string } | { kind: 'everyone' };

/** A stable text for a target: keys of drafts and queues. */
export function targetKey(target: Target): string {
  return target.kind === 'everyone' ? 'everyone' : `${target.kind}:${target.id}`;
}

/** One thing that is not on the node yet. */
export interface Unsent {
  localId: string;
  target: Target;
  text: string;
  /** Files that go along; the node has them already. */
  files?: readonly FileRef[];
  /** The message this one replies to. */
  replyTo?: string;
  /** Unix ms in this browser, for display. */
  at: number;
  state: 'sending' | 'waiting' | 'failed';
  reason: string | null;
  /** The newest message of the conversation when this was written: an earlier copy can only stand after it. */
  after: string | null;
  /** An attempt ended without an answer: it may have arrived. */
  doubtful: boolean;
}

/** Longer than this nothing is sent without a word why (05 section 10.6). */
const SLOW_MS = 5_000;
const SLOW = 'this node takes long to answer';
const AWAY = 'This node is not answering';

/** What the queue needs. */
export interface OutboxComponents {
  /** Hands one thing to the node. @throws {ApiError} */
  deliver: (item: Unsent) => Promise<void>;
  /** Looks whether an attempt without an answer arrived after all; takes it over if so. */
  arrived: (item: Unsent) => Promise<boolean>;
  now: () => number;
  newId: () => string;
  /** Runs something after some ms, unless it is called off. */
  later: (ms: number, run: () => void) => () => void;
  load: () => Unsent[];
  save: (items: readonly Unsent[]) => void;
}

/** Sends in order, one at a time. */
export class Outbox {
  readonly #items = signal<readonly Unsent[]>([]);
  readonly #components: OutboxComponents;
  #pumping = false;
  #away = false;

  constructor(components: OutboxComponents) {
    this.#components = components;
    // What a reload interrupted may have arrived.
    this.#items.value = components
      .load()
      .map((item) => (item.state === 'failed' ? item : { ...item, state: 'waiting', doubtful: true }));
  }

  get items(): ReadonlySignal<readonly Unsent[]> {
    return this.#items;
  }

  /** Queues `text` and starts sending. */
  async send(
    target: Target,
    text: string,
    after: string | null,
    { files = [], replyTo }: { files?: readonly FileRef[]; replyTo?: string | null } = {},
  ): Promise<void> {
    const item: Unsent = {
      localId: this.#components.newId(),
      target,
      text,
      ...(files.length === 0 ? {} : { files }),
      ...(replyTo == null ? {} : { replyTo }),
      at: this.#components.now(),
      state: 'sending',
      reason: null,
      after,
      doubtful: false,
    };
    this.#set([...this.#items.value, item]);
    await this.pump();
  }

  /** Tries a refused item again, at its place. */
  async retry(localId: string): Promise<void> {
    this.#change(localId, { state: 'sending', reason: null });
    await this.pump();
  }

  /** Takes an item out, for editing or for good. */
  remove(localId: string): Unsent | null {
    const item = this.#items.value.find((other) => other.localId === localId) ?? null;
    this.#set(this.#items.value.filter((other) => other.localId !== localId));
    return item;
  }

  /**
   * Says whether the node is known to be gone. While it is, nothing is tried and what is written waits from the start,
   * instead of until an attempt is given up; then everything is sent.
   */
  async setAway(away: boolean): Promise<void> {
    this.#away = away;
    if (away) this.#explain('waiting', AWAY);
    else await this.pump();
  }

  /** Sends what waits; called again when the node is back. Runs once at a time. */
  async pump(): Promise<void> {
    if (this.#away) this.#explain('waiting', AWAY);
    if (this.#pumping || this.#away) return;
    this.#pumping = true;
    try {
      for (let item = this.#next(); item !== undefined; item = this.#next()) {
        if (!(await this.#attempt(item)) || this.#away) break;
      }
    } finally {
      this.#pumping = false;
    }
  }

  #next(): Unsent | undefined {
    return this.#items.value.find((item) => item.state !== 'failed');
  }

  /** True when the queue may go on; false when the node is not there. */
  async #attempt(item: Unsent): Promise<boolean> {
    this.#change(item.localId, { state: 'sending', reason: null });
    const answered = this.#components.later(SLOW_MS, () => this.#explain('sending', SLOW));
    try {
      if (item.doubtful && (await this.#components.arrived(item))) {
        this.remove(item.localId);
        return true;
      }
      await this.#components.deliver(item);
      this.remove(item.localId);
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.unreachable || error.status === 429)) {
        const reason = error.unreachable ? AWAY : error.message;
        this.#change(item.localId, {
          state: 'waiting',
          reason,
          doubtful: item.doubtful || error.unreachable,
        });
        this.#explain('waiting', reason);
        return false;
      }
      const reason = error instanceof Error ? error.message : 'Unknown error';
      this.#change(item.localId, { state: 'failed', reason, doubtful: false });
      return true;
    } finally {
      answered();
    }
  }

  /** Says of everything that is being sent what it waits for: what stands behind waits for the same. */
  #explain(state: 'sending' | 'waiting', reason: string): void {
    this.#set(
      this.#items.value.map((item) => (item.state === 'sending' ? { ...item, state, reason } : item)),
    );
  }

  #change(localId: string, change: Partial<Unsent>): void {
    this.#set(this.#items.value.map((item) => (item.localId === localId ? { ...item, ...change } : item)));
  }

  #set(items: readonly Unsent[]): void {
    this.#items.value = items;
    this.#components.save(items);
  }
}
