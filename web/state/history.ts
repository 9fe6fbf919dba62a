/**
 * The part of a conversation that is at hand (05 section 10.5, M-10): a run of messages without gaps, anywhere in the
 * conversation, that grows at both ends as one scrolls and lets go of what is far away. Knows no API and no document.
 */
import { signal } from '@preact/signals';
import { mergeNewest, prependOlder } from './thread.ts';

/** Where a part stands. */
export type Place =
  { kind: 'newest' } | { kind: 'unread' } | { kind: 'before' | 'after' | 'around'; id: string };

/** A part of a conversation, oldest first. */
export interface Part<T> {
  messages: readonly T[];
  older: boolean;
  newer: boolean;
}

/** Messages read when a conversation is opened or something is new. */
const FIRST = 50;
/** Messages read at once while one scrolls. */
const MORE = 100;
/** Messages kept; what is farther away is read again on the way back. */
export const KEEP = 300;

export class History<T extends { id: string }> {
  /** Oldest first. */
  readonly messages = signal<readonly T[]>([]);
  readonly hasOlder = signal(false);
  readonly hasNewer = signal(false);
  /** Newer messages of others that came while {@link hasNewer}. */
  readonly missed = signal(0);
  /** The reader is at the end: what is new replaces what is far above. */
  following = true;
  readonly #read: (place: Place, limit: number) => Promise<Part<T>>;
  /** Another one: what is under way is for a part that is not shown any more. */
  #turn = 0;
  /** Readings of what is new are counted: one that began later and ended earlier knows more. */
  #begun = 0;
  #known = 0;
  #busy = false;

  constructor(read: (place: Place, limit: number) => Promise<Part<T>>) {
    this.#read = read;
  }

  has(id: string): boolean {
    return this.messages.value.some((message) => message.id === id);
  }

  /** Empties it: another conversation. */
  clear(): void {
    this.#turn += 1;
    this.#set({ messages: [], older: false, newer: false });
    this.following = true;
  }

  /** Shows the part around a place. @returns whether it was put in place; false when another was asked for meanwhile. */
  async open(place: Place): Promise<boolean> {
    this.#turn += 1;
    const turn = this.#turn;
    const part = await this.#read(place, FIRST);
    if (turn !== this.#turn) return false;
    this.#set(part);
    return true;
  }

  /**
   * Reads what is new at the end, or with `all` everything at hand, because something in its midst changed.
   * Where newer messages are not at hand, those stay unread.
   */
  async refresh(all = false): Promise<void> {
    const turn = this.#turn;
    this.#begun += 1;
    const begun = this.#begun;
    const counts = (): boolean => {
      if (turn !== this.#turn || begun < this.#known) return false;
      this.#known = begun;
      return true;
    };
    const list = this.messages.value;
    if (this.hasNewer.value && list.length > 0) {
      if (!all) return;
      const part = await this.#again(list);
      if (counts()) this.#put(part);
      return;
    }
    const limit = all ? Math.min(Math.max(list.length, FIRST), KEEP) : FIRST;
    const part = await this.#read({ kind: 'newest' }, limit);
    if (!counts()) return;
    const now = this.messages.value;
    const ids = new Set(now.map(({ id }) => id));
    const touches = part.messages.some(({ id }) => ids.has(id));
    // Somebody who reads further up is not carried away by many new messages at once.
    if (!touches && !this.following && now.length > 0) {
      this.hasNewer.value = part.messages.length > 0;
      return;
    }
    const next = mergeNewest(now, part.messages);
    if (next.length <= part.messages.length) this.hasOlder.value = part.older;
    const kept = this.following ? next : next.slice(0, 2 * KEEP);
    this.hasNewer.value = kept.length < next.length;
    this.messages.value = kept;
  }

  /** Reads a part again; the message it is read around may be the one that is gone. */
  async #again(list: readonly T[]): Promise<Part<T>> {
    const limit = Math.min(list.length + 1, KEEP);
    const anchors = [list[Math.floor(list.length / 2)], list[0], list.at(-1)];
    for (const anchor of anchors) {
      const part =
        anchor === undefined
          ? null
          : await this.#read({ kind: 'around', id: anchor.id }, limit).catch(() => null);
      if (part !== null) return part;
    }
    return this.#read({ kind: 'newest' }, limit);
  }

  /** Reads on before the first message. */
  older(): Promise<void> {
    return this.#more('before', this.messages.value[0], this.hasOlder.value);
  }

  /** Reads on after the last message. */
  newer(): Promise<void> {
    return this.#more('after', this.messages.value.at(-1), this.hasNewer.value);
  }

  async #more(kind: 'before' | 'after', from: T | undefined, there: boolean): Promise<void> {
    if (from === undefined || !there || this.#busy) return;
    this.#busy = true;
    const turn = this.#turn;
    try {
      const part = await this.#read({ kind, id: from.id }, MORE);
      if (turn !== this.#turn) return;
      const now = this.messages.value;
      if (kind === 'before') {
        const next = prependOlder(now, part.messages);
        this.hasOlder.value = part.older && next.length > now.length;
        if (next.length > KEEP) this.hasNewer.value = true;
        this.messages.value = next.slice(0, KEEP);
        return;
      }
      const ids = new Set(now.map(({ id }) => id));
      const next = [...now, ...part.messages.filter(({ id }) => !ids.has(id))];
      this.hasNewer.value = part.newer && next.length > now.length;
      if (!this.hasNewer.value) this.missed.value = 0;
      if (next.length > KEEP) this.hasOlder.value = true;
      this.messages.value = next.slice(-KEEP);
    } finally {
      this.#busy = false;
    }
  }

  /** Lets go of what is far above; for those who are at the end. */
  trim(): void {
    if (this.messages.value.length <= KEEP || this.hasNewer.value) return;
    this.messages.value = this.messages.value.slice(-KEEP / 2);
    this.hasOlder.value = true;
  }

  /** Takes a message of the reader's own into the end; one that was read meanwhile is newer than the answer to its sending. */
  take(message: T): void {
    if (!this.hasNewer.value && !this.has(message.id))
      this.messages.value = [...this.messages.value, message];
  }

  #set(part: Part<T>): void {
    this.missed.value = 0;
    this.#put(part);
  }

  #put({ messages, older, newer }: Part<T>): void {
    this.hasOlder.value = older;
    this.hasNewer.value = newer;
    this.messages.value = messages;
  }
}
