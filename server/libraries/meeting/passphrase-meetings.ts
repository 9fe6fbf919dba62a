/**
 * Meeting by passphrase (07 section 3.3): two nodes that were started with the same one prove it to each other inside a
 * secure session (frames 0x38 to 0x3a), and then accept each other. Nothing that depends on the passphrase leaves the
 * node before the other side has proved it, except what CPace sends, from which nothing can be guessed offline.
 */
import type { RandomBytes } from '../../crypto/backend.ts';
import { concatBytes, equalBytes, utf8 } from '../../crypto/bytes.ts';
import {
  CONFIRMATION_BYTES,
  SHARE_BYTES,
  cpaceConfirmation,
  cpaceConfirms,
  cpaceKey,
  cpaceShare,
  lvCat,
} from '../../crypto/cpace.ts';
import type { CpaceInput, CpaceShare } from '../../crypto/cpace.ts';
import type { Offence } from '../../mesh/secure/alarm-reasons.ts';
import type { SecureLink, SecureLinks } from '../../mesh/secure/types.ts';
import type { Clock, Timer, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { PeerId } from '../../wire/ids.ts';
import { BadFrameError } from '../../wire/secure-frames.ts';
import type { Meetings } from '../types.ts';
import { Guesses } from './guesses.ts';

/** `meet_a`, `meet_b`, `meet_c`. */
export const MEET = { a: 0x38, b: 0x39, c: 0x3a } as const;

const CHANNEL = utf8('canopy-meet-v1');
/** The side that dialled begins at once, the other when nothing has come by then: a run begins within 2 s. */
const WAIT_FOR_INITIATOR_MS = 1_500;
/** Who asks while so many are being answered that no more guesses are left has to wait so long. */
const CROWDED_MS = 1_000;
/** An answered run that is not finished by then has failed. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface MeetingComponents {
  clock: Clock;
  timers: Timers;
  random: RandomBytes;
  links: SecureLinks;
  log: Log;
  /** Where a peer connects from, for the limits; its relay's name when it comes through one. */
  addressOf(peer: PeerId): string;
  /** Whether the peer takes part in libraries. */
  takesPart(link: SecureLink): boolean;
  /** Both know the passphrase: its content is accepted, unless a person decided otherwise. */
  accept(peer: PeerId): void;
  offence(peer: PeerId, offence: Offence): void;
}

export interface MeetingInit {
  localPeer: PeerId;
  /** Of the passphrase. */
  secret: Uint8Array;
}

/** One run; there is one per session. */
interface Run {
  role: 'a' | 'b';
  input: CpaceInput;
  own: CpaceShare;
  /** B: what A has to confirm. */
  expected: { isk: Uint8Array; share: Uint8Array } | null;
  timer: Timer | null;
  over: boolean;
}

export class PassphraseMeetings implements Meetings {
  readonly #c: MeetingComponents;
  readonly #init: MeetingInit;
  readonly #guesses: Guesses;
  readonly #runs = new Map<SecureLink, Run>();
  readonly #met = new WeakSet<SecureLink>();
  readonly #handlers = new Set<(link: SecureLink) => void>();
  readonly #waits = new Map<SecureLink, Timer>();
  #stops: (() => void)[] | null = null;

  /** Registers the frames; meets nobody before {@link start}. */
  constructor(components: MeetingComponents, init: MeetingInit) {
    this.#c = components;
    this.#init = init;
    this.#guesses = new Guesses(components.clock);
    const { links } = components;
    links.handle(MEET.a, (link, body) => this.#begun(link, exactly(body, SHARE_BYTES)));
    links.handle(MEET.b, (link, body) =>
      this.#answered(link, exactly(body, SHARE_BYTES + CONFIRMATION_BYTES)),
    );
    links.handle(MEET.c, (link, body) => this.#confirmed(link, exactly(body, CONFIRMATION_BYTES)));
  }

  start(): void {
    if (this.#stops !== null) return;
    const { links } = this.#c;
    this.#stops = [links.onOpen((link) => this.#opened(link)), links.onClose((link) => this.#closed(link))];
    for (const link of links.all()) this.#opened(link);
  }

  stop(): void {
    for (const stop of this.#stops ?? []) stop();
    this.#stops = null;
    for (const timer of this.#waits.values()) timer.cancel();
    for (const run of this.#runs.values()) run.timer?.cancel();
    this.#waits.clear();
    this.#runs.clear();
  }

  hasMet(link: SecureLink): boolean {
    return this.#met.has(link);
  }

  onMet(handler: (link: SecureLink) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  #opened(link: SecureLink): void {
    if (!this.#c.takesPart(link)) return;
    if (link.outbound) return this.#begin(link);
    const timer = this.#c.timers.after(WAIT_FOR_INITIATOR_MS, () => {
      this.#waits.delete(link);
      this.#begin(link);
    });
    this.#waits.set(link, timer);
  }

  #begin(link: SecureLink): void {
    if (link.ended || this.#runs.has(link) || !this.#mayMeet(link)) return;
    const run = this.#run(link, 'a');
    this.#send(link, MEET.a, run.own.share);
  }

  /** A began: this side answers. */
  #begun(link: SecureLink, share: Uint8Array): void {
    if (this.#stops === null || !this.#c.takesPart(link) || this.#met.has(link)) return;
    const known = this.#runs.get(link);
    // Both began: the side that dialled is A.
    if (known !== undefined && (known.role === 'b' || known.over || link.outbound)) return;
    this.#waits.get(link)?.cancel();
    this.#waits.delete(link);
    if (link.ended || !this.#mayMeet(link)) return;
    if (this.#isCrowded(link)) {
      const timer = this.#c.timers.after(CROWDED_MS, () => this.#begun(link, share));
      this.#waits.set(link, timer);
      return;
    }
    const run = this.#run(link, 'b');
    const isk = cpaceKey(run.input, run.own, share, { a: share, b: run.own.share });
    if (isk === null || equalBytes(share, run.own.share)) return this.#fail(link, run);
    run.expected = { isk, share };
    run.timer = this.#c.timers.after(ANSWER_TIMEOUT_MS, () => this.#fail(link, run));
    const confirmation = cpaceConfirmation(isk, run.input.sid, run.own.share);
    this.#send(link, MEET.b, concatBytes(run.own.share, confirmation));
  }

  /** B answered: its confirmation is looked at before anything of this side is confirmed. */
  #answered(link: SecureLink, body: Uint8Array): void {
    const run = this.#runs.get(link);
    if (run?.role !== 'a' || run.over) return;
    // Many may have been asked before the first of them guessed wrong.
    if (!this.#mayMeet(link)) return this.#end(run);
    const share = body.subarray(0, SHARE_BYTES);
    const { input, own } = run;
    const isk = equalBytes(share, own.share) ? null : cpaceKey(input, own, share, { a: own.share, b: share });
    if (isk === null || !cpaceConfirms(isk, input.sid, share, body.subarray(SHARE_BYTES)))
      return this.#fail(link, run);
    this.#send(link, MEET.c, cpaceConfirmation(isk, input.sid, own.share));
    this.#succeed(link, run);
  }

  #confirmed(link: SecureLink, confirmation: Uint8Array): void {
    const run = this.#runs.get(link);
    if (run === undefined || run.expected === null || run.over) return;
    const { isk, share } = run.expected;
    if (cpaceConfirms(isk, run.input.sid, share, confirmation)) this.#succeed(link, run);
    else this.#fail(link, run);
  }

  #succeed(link: SecureLink, run: Run): void {
    this.#end(run);
    this.#met.add(link);
    this.#c.log.info({ peer: link.peerId }, 'met by passphrase');
    this.#c.accept(link.peerId);
    for (const handler of [...this.#handlers]) handler(link);
  }

  #fail(link: SecureLink, run: Run): void {
    if (run.over) return;
    this.#end(run);
    const { log, offence, addressOf } = this.#c;
    log.info({ peer: link.peerId }, 'a peer does not know the passphrase of this node');
    if (!this.#guesses.failed(link, addressOf(link.peerId))) return;
    log.warn({ peer: link.peerId }, 'somebody is guessing the passphrase; nobody is met for an hour');
    offence(link.peerId, 'guessing');
  }

  /** The session is over; a run that was answered and not finished is a failure. */
  #closed(link: SecureLink): void {
    this.#waits.get(link)?.cancel();
    this.#waits.delete(link);
    const run = this.#runs.get(link);
    if (run !== undefined && run.expected !== null) this.#fail(link, run);
    this.#runs.delete(link);
  }

  #mayMeet(link: SecureLink): boolean {
    return this.#guesses.mayMeet(link, this.#c.addressOf(link.peerId));
  }

  /** Whether those who were answered and have not confirmed yet use up all guesses that are left. */
  #isCrowded(link: SecureLink): boolean {
    const { addressOf } = this.#c;
    const address = addressOf(link.peerId);
    const answered = [...this.#runs].filter(([, { expected }]) => expected !== null);
    const here = answered.filter(([one]) => addressOf(one.peerId) === address).length;
    const left = this.#guesses.left(address);
    return here >= left.here || answered.length >= left.all;
  }

  #run(link: SecureLink, role: Run['role']): Run {
    const names = [utf8(this.#init.localPeer), utf8(link.peerId)];
    const ends = role === 'a' ? names : names.reverse();
    const input = { prs: this.#init.secret, ci: lvCat(CHANNEL, ...ends), sid: link.handshakeHash };
    const own = cpaceShare(input, this.#c.random);
    const run: Run = { role, input, own, expected: null, timer: null, over: false };
    this.#runs.set(link, run);
    return run;
  }

  #end(run: Run): void {
    run.over = true;
    run.timer?.cancel();
    run.timer = null;
    run.own = { scalar: 0n, share: run.own.share };
    run.expected = null;
  }

  #send(link: SecureLink, type: (typeof MEET)[keyof typeof MEET], body: Uint8Array): void {
    link.send(type, body).catch(() => undefined);
  }
}

/**
 * A node without a passphrase hears that a peer begins a meeting, once a session, and says nothing, which is no failure.
 * The other frames are answers to what it never began, and count as such.
 */
export function ignoreMeetings(links: SecureLinks): void {
  const begun = new WeakSet<SecureLink>();
  links.handle(MEET.a, (link) => {
    if (begun.has(link)) throw new BadFrameError('a second meeting in one session', 'limit');
    begun.add(link);
  });
}

function exactly(body: Uint8Array, length: number): Uint8Array {
  if (body.length !== length) throw new BadFrameError('a meeting frame of another length');
  return body;
}
