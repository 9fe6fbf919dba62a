/**
 * Holds back what is sent to a Python peer so that its receive limiter drops nothing (06 section 3.4, 02 R1).
 * Counted per author and neighbour over everything of that author we hand to that neighbour. Deviation D-69: in sliding
 * windows longer than the reference's: whatever way its fixed windows fall, they see no more than its limits.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import type { MessageType } from '../wire/message-types.ts';
import {
  PACE_FOREIGN_FRAMES,
  PACE_FOREIGN_WAIT,
  PACE_ORDINARY,
  PACE_OWN_FRAMES,
  PACE_SYNC,
} from './limits.ts';
import { rateClass } from './rate-limiter.ts';
import type { RateClass, RateLimit } from './rate-limiter.ts';

/** The sync class of 0.4.29, which counts every other type as ordinary (02 section 3.8). */
const OLD_SYNC_TYPES: ReadonlySet<MessageType> = new Set<MessageType>([
  'channel_catchup_response',
  'channel_sync',
  'peer_announcement',
  'profile_sync',
  'profile_update',
]);

/** What is asked of the pacer for one frame. */
export interface PaceRequest {
  neighbour: string;
  author: string;
  type: MessageType;
  /** Written by this node; foreign frames wait only so long and so many. */
  own: boolean;
  /** The neighbour runs 0.4.29. */
  old: boolean;
}

interface Waiting {
  own: boolean;
  since: number;
  go(admitted: boolean): void;
}

/** One author's frames towards one neighbour in one class. */
interface Lane {
  limit: RateLimit;
  /** Times of the last `limit.sustained` frames, ascending. */
  sent: number[];
  waiting: Waiting[];
  timer: Timer | null;
}

/** Gives turns. */
export class Pacer {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #lanes = new Map<string, Map<string, Lane>>();

  constructor(components: { clock: Clock; timers: Timers }) {
    this.#clock = components.clock;
    this.#timers = components.timers;
  }

  /** Resolves when the frame may be sent: `true`; or `false` when it waited too long or too many wait. */
  turn(request: PaceRequest): Promise<boolean> {
    const lane = this.#lane(request);
    const now = this.#clock.monotonic();
    if (lane.waiting.length === 0 && waitOf(lane, now) === 0) {
      note(lane, now);
      return Promise.resolve(true);
    }
    const bound = request.own ? PACE_OWN_FRAMES : PACE_FOREIGN_FRAMES;
    if (lane.waiting.length >= bound) return Promise.resolve(false);
    return new Promise((resolve) => {
      lane.waiting.push({ own: request.own, since: now, go: resolve });
      this.#arm(lane);
    });
  }

  /** Forgets a neighbour that went away; what waits for it is refused. */
  drop(neighbour: string): void {
    const lanes = this.#lanes.get(neighbour);
    this.#lanes.delete(neighbour);
    for (const lane of lanes?.values() ?? []) {
      lane.timer?.cancel();
      for (const waiting of lane.waiting.splice(0)) waiting.go(false);
    }
  }

  #lane(request: PaceRequest): Lane {
    const kind: RateClass =
      request.old && !OLD_SYNC_TYPES.has(request.type) ? 'ordinary' : rateClass(request.type);
    const lanes = this.#lanes.get(request.neighbour) ?? new Map<string, Lane>();
    this.#lanes.set(request.neighbour, lanes);
    const key = `${kind}:${request.author}`;
    const lane = lanes.get(key) ?? {
      limit: kind === 'sync' ? PACE_SYNC : PACE_ORDINARY,
      sent: [],
      waiting: [],
      timer: null,
    };
    lanes.set(key, lane);
    if (lanes.size > MAX_LANES) pruneLanes(lanes, this.#clock.monotonic());
    return lane;
  }

  /** One lane is one author's, so the first that waits is the first to expire. */
  #arm(lane: Lane): void {
    const first = lane.waiting[0];
    if (lane.timer !== null || first === undefined) return;
    const now = this.#clock.monotonic();
    const expiry = first.own ? Infinity : first.since + PACE_FOREIGN_WAIT - now;
    lane.timer = this.#timers.after(Math.min(waitOf(lane, now), expiry), () => {
      lane.timer = null;
      this.#advance(lane);
    });
  }

  #advance(lane: Lane): void {
    const now = this.#clock.monotonic();
    lane.waiting = lane.waiting.filter((waiting) => {
      const expired = !waiting.own && now - waiting.since >= PACE_FOREIGN_WAIT;
      if (expired) waiting.go(false);
      return !expired;
    });
    while (lane.waiting.length > 0 && waitOf(lane, now) === 0) {
      note(lane, now);
      lane.waiting.shift()?.go(true);
    }
    this.#arm(lane);
  }
}

/** Lanes kept per neighbour before idle ones are removed: one per author and class. */
const MAX_LANES = 256;

function pruneLanes(lanes: Map<string, Lane>, now: number): void {
  for (const [key, lane] of lanes) {
    const last = lane.sent.at(-1) ?? -Infinity;
    if (lane.waiting.length === 0 && now - last > lane.limit.sustainedWindow) lanes.delete(key);
  }
}

/** Ms until the next frame may go. */
function waitOf({ limit, sent }: Lane, now: number): number {
  const burstStart = sent[sent.length - limit.burst];
  const sustainedStart = sent[sent.length - limit.sustained];
  const burstWait = burstStart === undefined ? 0 : burstStart + limit.burstWindow - now;
  const sustainedWait = sustainedStart === undefined ? 0 : sustainedStart + limit.sustainedWindow - now;
  return Math.max(0, burstWait, sustainedWait);
}

function note(lane: Lane, now: number): void {
  lane.sent.push(now);
  if (lane.sent.length > lane.limit.sustained) lane.sent.shift();
}
