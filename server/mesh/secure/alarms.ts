/**
 * Security events of connections (06 section 1.3): counted always, reported at most once a minute per peer and reason,
 * in the log, in the activity list and on the bus.
 */
import type { Clock } from '../../ports/types.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { Log } from '../../telemetry/log.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { Activity } from '../activity.ts';
import type { Counters } from '../counters.ts';
import type { AlarmReason } from './alarm-reasons.ts';
import type { PinObjection } from './pins.ts';

/** How a person reads it. */
export const ALARM_WORDS: Readonly<Record<AlarmReason, string>> = {
  secure_upgrade_failed:
    'A secure connection could not be made: what arrived was not what the peer would have sent.',
  secure_required:
    'It used to connect securely and now does not: it went back to Python Canopy, or somebody is interfering.',
  peer_key_changed:
    'It came with another key than before: it was set up anew with an old identity, or somebody is interfering.',
  duplicate_identity: 'Two machines seem to run this identity: it keeps coming back as another process.',
  bad_record: 'A secure connection carried something that the peer did not send, and was closed.',
  bad_frame: 'The peer sent something that breaks the rules of secure connections, and was closed.',
  limit: 'The peer sent more than is taken from one, and was closed.',
  flood: 'The peer sends faster than is taken; the rest waits, or is dropped.',
  too_large: 'The peer sent a message that is larger than is taken from it.',
  unreadable: 'The peer sent something that no program of this network sends.',
  forged: 'The peer passed on a message whose signature is wrong; it was dropped.',
  unasked: 'The peer sent answers nobody had asked for; they were dropped.',
  too_many: 'The peer told of more peers or channels than are kept of one.',
  quota: 'The peer sent more in a day than is stored of one; the rest is not taken.',
  wrong_bytes:
    'The peer gave content of a library that is not what was asked for; it is not asked for a day.',
  guessing: 'The peer does not know the passphrase it tried to meet with, or somebody is guessing it.',
};

/** What a person did about a pin (06 section 1.4). */
const LIFTED_WORDS = {
  unpin: 'It may connect without protection again: a person said so.',
  accept_key: 'It may come with another key: a person said so.',
};

const INTERVAL_MS = 60_000;
/** Peers and reasons remembered. */
const MAX_KEYS = 1_000;

/** What keeps a peer away until a person decides; `at` in Unix ms. */
export interface StandingAlarm {
  reason: PinObjection;
  at: number;
}

/** Raises alarms. */
export class Alarms {
  readonly #components: { clock: Clock; bus: EventBus; activity: Activity; counters: Counters; log: Log };
  readonly #last = new Map<string, number>();
  readonly #standing = new Map<PeerId, StandingAlarm>();
  /** By peer, the one that was not noticed for longest first. */
  readonly #counts = new Map<PeerId, Map<AlarmReason, number>>();

  constructor(components: { clock: Clock; bus: EventBus; activity: Activity; counters: Counters; log: Log }) {
    this.#components = components;
  }

  raise(peer: PeerId, reason: AlarmReason): void {
    const { clock, bus, activity, counters, log } = this.#components;
    counters.add(`security.${reason}`);
    this.#count(peer, reason);
    if (reason === 'secure_required' || reason === 'peer_key_changed') this.#stand(peer, reason);
    const now = clock.monotonic();
    const key = `${reason} ${peer}`;
    const last = this.#last.get(key);
    if (last !== undefined && now - last < INTERVAL_MS) return;
    if (this.#last.size >= MAX_KEYS) this.#last.clear();
    this.#last.set(key, now);
    log.warn({ peer, reason }, ALARM_WORDS[reason]);
    activity.security(peer, 'blocked', ALARM_WORDS[reason]);
    bus.publish({ type: 'security', peerId: peer, reason });
  }

  /** How often what was noticed of a peer since the start; nothing when it was long ago and many others came since. */
  counts(peer: PeerId): Partial<Record<AlarmReason, number>> {
    return Object.fromEntries(this.#counts.get(peer) ?? []);
  }

  /** What keeps the peer away since its last secure session; lost with the process, the next attempt brings it back. */
  standing(peer: PeerId): StandingAlarm | null {
    return this.#standing.get(peer) ?? null;
  }

  /** The peer connected as it should. */
  settled(peer: PeerId): void {
    this.#standing.delete(peer);
  }

  /** A person lifted the protection of a peer. */
  lifted(peer: PeerId, action: keyof typeof LIFTED_WORDS): void {
    const { activity, log } = this.#components;
    this.settled(peer);
    log.warn({ peer, action }, 'a person lifted the protection of a peer');
    activity.record({ kind: 'security', peer_id: peer, status: 'lifted', detail: LIFTED_WORDS[action] });
  }

  #count(peer: PeerId, reason: AlarmReason): void {
    const counts = this.#counts.get(peer) ?? new Map<AlarmReason, number>();
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    this.#counts.delete(peer);
    this.#counts.set(peer, counts);
    if (this.#counts.size <= MAX_KEYS) return;
    const oldest = this.#counts.keys().next();
    if (oldest.done !== true) this.#counts.delete(oldest.value);
  }

  #stand(peer: PeerId, reason: PinObjection): void {
    if (this.#standing.size >= MAX_KEYS) this.#standing.clear();
    this.#standing.set(peer, { reason, at: this.#components.clock.now() });
  }
}
