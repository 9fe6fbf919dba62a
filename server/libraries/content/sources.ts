/**
 * Which member is asked for what (07 section 3.2): the author first, then whoever has least to do; nobody who said that it
 * is busy, that it does not have the asset, or who gave wrong bytes.
 */
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { Clock } from '../../ports/types.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { LibraryAsset, LibraryView } from '../types.ts';
import {
  BACK_OFF_MS,
  FIRST_WINDOW,
  MAX_BACK_OFF_MS,
  MAX_BANNED,
  MAX_NOT_HERE,
  MAX_OPEN_BYTES_PER_SESSION,
  MAX_OPEN_PER_SESSION,
  NOT_HERE_MS,
  WRONG_BYTES_MS,
} from './limits.ts';

/** Left alone until a time (monotonic ms), the next time for longer. */
interface BackOff {
  until: number;
  ms: number;
}

interface State {
  open: number;
  bytes: number;
  /** How many requests it gets at once; fewer after it was slow or busy. */
  window: number;
  backOff: BackOff;
  refused: Map<LibraryId, BackOff>;
}

export class Sources {
  readonly #clock: Clock;
  readonly #view: Pick<LibraryView, 'admitted'>;
  readonly #mayCarry: (link: SecureLink) => boolean;
  readonly #states = new WeakMap<SecureLink, State>();
  /** Until when, by `peer:hash` and `peer:library`. */
  readonly #notHere = new Map<string, number>();
  readonly #banned = new Map<string, number>();

  constructor(components: {
    clock: Clock;
    view: Pick<LibraryView, 'admitted'>;
    mayCarry: (link: SecureLink) => boolean;
  }) {
    this.#clock = components.clock;
    this.#view = components.view;
    this.#mayCarry = components.mayCarry;
  }

  /** Whether anybody connected could give something of a library. */
  any(libraryId: LibraryId): boolean {
    return this.#members(libraryId).length > 0;
  }

  /** Who is asked for `bytes` of an asset; `later`: nobody now, `none`: nobody who is connected has it. */
  pick(asset: LibraryAsset, bytes: number): SecureLink | 'later' | 'none' {
    const now = this.#clock.monotonic();
    let best: SecureLink | null = null;
    let least = Infinity;
    let someone = false;
    for (const link of this.#members(asset.libraryId)) {
      if ((this.#notHere.get(`${link.peerId}:${asset.hash}`) ?? 0) > now) continue;
      someone = true;
      const { open, bytes: openBytes, window, backOff, refused } = this.#state(link);
      if (backOff.until > now || (refused.get(asset.libraryId)?.until ?? 0) > now) continue;
      if (open >= window || (open > 0 && openBytes + bytes > MAX_OPEN_BYTES_PER_SESSION)) continue;
      const load = link.peerId === asset.author ? -1 : open;
      if (load >= least) continue;
      [best, least] = [link, load];
    }
    return best ?? (someone ? 'later' : 'none');
  }

  opened(link: SecureLink, bytes: number): void {
    const state = this.#state(link);
    state.open += 1;
    state.bytes += bytes;
  }

  closed(link: SecureLink, bytes: number): void {
    const state = this.#state(link);
    state.open -= 1;
    state.bytes -= bytes;
  }

  /** It gave what it was asked for. */
  gave(link: SecureLink, libraryId: LibraryId): void {
    const state = this.#state(link);
    state.window = Math.min(MAX_OPEN_PER_SESSION, state.window + 1);
    state.backOff = { until: 0, ms: 0 };
    state.refused.delete(libraryId);
  }

  /** An answer took too long. */
  slow(link: SecureLink): void {
    const state = this.#state(link);
    state.window = Math.max(1, state.window >> 1);
  }

  busy(link: SecureLink): void {
    this.slow(link);
    const state = this.#state(link);
    if (state.backOff.until <= this.#clock.monotonic()) state.backOff = this.#longer(state.backOff);
  }

  /** It does not take this node for a member (yet: its news may be on their way). */
  refused(link: SecureLink, libraryId: LibraryId): void {
    const { refused } = this.#state(link);
    const known = refused.get(libraryId);
    if ((known?.until ?? 0) <= this.#clock.monotonic()) refused.set(libraryId, this.#longer(known));
  }

  notHere(link: SecureLink, hash: AssetHash): void {
    remember(this.#notHere, `${link.peerId}:${hash}`, this.#clock.monotonic() + NOT_HERE_MS, MAX_NOT_HERE);
  }

  /** It may have it now; whether it had said that it does not. */
  mayHave(link: SecureLink, hash: AssetHash): boolean {
    return this.#notHere.delete(`${link.peerId}:${hash}`);
  }

  wrongBytes(link: SecureLink, libraryId: LibraryId): void {
    const until = this.#clock.monotonic() + WRONG_BYTES_MS;
    remember(this.#banned, `${link.peerId}:${libraryId}`, until, MAX_BANNED);
  }

  isBanned(peer: PeerId, libraryId: LibraryId): boolean {
    return (this.#banned.get(`${peer}:${libraryId}`) ?? 0) > this.#clock.monotonic();
  }

  #members(libraryId: LibraryId): SecureLink[] {
    return this.#view
      .admitted(libraryId)
      .filter((link) => !link.ended && !this.isBanned(link.peerId, libraryId) && this.#mayCarry(link));
  }

  #longer(known: BackOff | undefined): BackOff {
    const ms = Math.min(MAX_BACK_OFF_MS, Math.max(BACK_OFF_MS, 2 * (known?.ms ?? 0)));
    return { until: this.#clock.monotonic() + ms, ms };
  }

  #state(link: SecureLink): State {
    const known = this.#states.get(link);
    if (known !== undefined) return known;
    const fresh: State = {
      open: 0,
      bytes: 0,
      window: FIRST_WINDOW,
      backOff: { until: 0, ms: 0 },
      refused: new Map(),
    };
    this.#states.set(link, fresh);
    return fresh;
  }
}

/** Keeps the latest `max`. */
function remember(map: Map<string, number>, key: string, value: number, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
