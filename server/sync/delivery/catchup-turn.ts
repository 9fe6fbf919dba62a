/**
 * After a reconnect of a peer that cannot acknowledge, up to 20 owed channel messages go live. More wait for the peer's
 * question, whose answers carry all of them ten times faster; then follows what catch-up cannot carry (06 section 3.4).
 * Deviation D-70: direct messages and texts go beside the answers.
 */
import type { Timer, Timers } from '../../ports/types.ts';
import type { Outbox, OutboxKind } from '../../store/outbox.ts';
import type { PeerId } from '../../wire/ids.ts';

/** Owed channel messages that go live after a reconnect. */
const LIVE_AFTER_RECONNECT = 20;
/** How long the peer's question is waited for. */
const QUESTION_WAIT_MS = 60_000;
/** What answers carry. */
const CARRIED: readonly OutboxKind[] = ['message', 'post'];
/** What has another receive limit than answers and need not wait until the last of them. */
const BESIDE_ANSWERS: readonly OutboxKind[] = ['dm', 'send'];

/** `waiting` for the question, or `answering` it. */
type Turn = { phase: 'waiting'; timer: Timer } | { phase: 'answering' };

export class CatchupTurn {
  readonly #outbox: Outbox;
  readonly #timers: Timers;
  readonly #released: (peer: PeerId) => void;
  readonly #turns = new Map<PeerId, Turn>();

  /** @param init.released told when more may go. */
  constructor(components: { outbox: Outbox; timers: Timers }, init: { released: (peer: PeerId) => void }) {
    this.#outbox = components.outbox;
    this.#timers = components.timers;
    this.#released = init.released;
  }

  /** A peer that cannot acknowledge connected. */
  connected(peer: PeerId): void {
    this.ended(peer);
    if (this.#outbox.count(peer, CARRIED, LIVE_AFTER_RECONNECT + 1) <= LIVE_AFTER_RECONNECT) return;
    const timer = this.#timers.after(QUESTION_WAIT_MS, () => this.#release(peer));
    this.#turns.set(peer, { phase: 'waiting', timer });
  }

  /** The connection is over, or begins anew. */
  ended(peer: PeerId): void {
    const turn = this.#turns.get(peer);
    if (turn?.phase === 'waiting') turn.timer.cancel();
    this.#turns.delete(peer);
  }

  /** The peer's question came and is being answered. */
  asked(peer: PeerId): void {
    if (!this.#turns.has(peer)) return;
    this.ended(peer);
    this.#turns.set(peer, { phase: 'answering' });
    this.#released(peer);
  }

  /** Every answer was sent. */
  answered(peer: PeerId): void {
    if (this.#turns.has(peer)) this.#release(peer);
  }

  /** Whether rows of a kind may go live now. */
  mayGo(peer: PeerId, kind: OutboxKind): boolean {
    const turn = this.#turns.get(peer);
    return turn === undefined || (turn.phase === 'answering' && BESIDE_ANSWERS.includes(kind));
  }

  stop(): void {
    for (const peer of [...this.#turns.keys()]) this.ended(peer);
  }

  #release(peer: PeerId): void {
    this.ended(peer);
    this.#released(peer);
  }
}
