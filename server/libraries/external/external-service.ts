/**
 * The node as the agent of another asset service (07 section 4): what is new there is asked for every few seconds and
 * everything now and then, and what libraries bring here is given to it. The own store holds all of it, too, for
 * libraries serve from there. While the service is away the node goes on, and everything is looked at when it is back.
 */
import { createHash } from 'node:crypto';
import type { Timer, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { AssetChange } from '../types.ts';
import { Agreeing } from './agreeing.ts';
import type { AgreeingComponents } from './agreeing.ts';
import type { ListPlace } from './can-service.ts';
import { ServiceError } from './errors.ts';
import {
  LANES,
  LIST_PAGE,
  MAX_BACK_OFF_MS,
  MAX_LISTED,
  MAX_VANISHED,
  MAX_VANISHED_SHARE,
  MAX_WAITING,
} from './limits.ts';
import { shortHash } from './shapes.ts';
import type { TheirAsset } from './shapes.ts';

/** Bytes that tell services apart in the rows. */
const NAME_BYTES = 8;
/** Doublings of the pause that are looked at; more lead beyond {@link MAX_BACK_OFF_MS} in any case. */
const MAX_DOUBLINGS = 16;

export interface ExternalServiceComponents extends AgreeingComponents {
  timers: Timers;
  log: Log;
}

/** How it goes with the service, for people. */
export interface ExternalState {
  url: string;
  reachable: boolean;
  /** When it last answered, Unix ms. */
  lastContact: number | null;
  /** What is wrong, a sentence. */
  problem: string | null;
  /** Changes here that it has not been told. */
  waiting: number;
  /** Assets that could not be exchanged since the last full look. */
  failed: number;
}

/** Start and stop are idempotent; it cannot be started again. */
export class ExternalService {
  readonly #c: ExternalServiceComponents;
  readonly #pollMs: number;
  readonly #scanMs: number;
  readonly #name: Uint8Array;
  readonly #agreeing: Agreeing;
  readonly #waiting = new Set<AssetHash>();
  readonly #failed = new Set<AssetHash>();
  #unsubscribe: (() => void) | null = null;
  #timer: Timer | null = null;
  #round: Promise<void> | null = null;
  #stopped = false;
  #failures = 0;
  #problem: string | null = 'not asked yet';
  #vanished: string | null = null;
  #lastContact: number | null = null;
  #newest = 0;
  /** When it was last asked and all was last looked at, on the clock that never goes back; null: it is due. */
  #polledAt: number | null = null;
  #scannedAt: number | null = null;

  /** @param init in milliseconds. */
  constructor(
    components: ExternalServiceComponents,
    init: { pollIntervalMs: number; fullScanIntervalMs: number },
  ) {
    this.#c = components;
    this.#pollMs = init.pollIntervalMs;
    this.#scanMs = init.fullScanIntervalMs;
    this.#name = createHash('sha256').update(components.service.url).digest().subarray(0, NAME_BYTES);
    this.#agreeing = new Agreeing(components, { service: this.#name });
  }

  /** Begins with a look at everything. */
  async start(): Promise<void> {
    if (this.#unsubscribe !== null || this.#stopped) return;
    this.#unsubscribe = this.#c.store.onChange((change) => this.#changed(change));
    await this.#c.commit.run(() => this.#c.rows.begin(this.#name));
    this.#next(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#timer?.cancel();
    this.#c.service.stop();
    await this.#round;
  }

  state(): ExternalState {
    return {
      url: this.#c.service.url,
      reachable: this.#problem === null,
      lastContact: this.#lastContact,
      problem: this.#problem ?? this.#vanished,
      waiting: this.#waiting.size,
      failed: this.#failed.size,
    };
  }

  #changed({ kind, hash, local }: AssetChange): void {
    if (kind === 'removed' && !local) this.#c.commit.now(() => this.#c.rows.markGone(hash));
    if (kind === 'restored' || !this.#agreeing.isUntold(hash)) return;
    if (this.#waiting.size >= MAX_WAITING) this.#scannedAt = null;
    else this.#waiting.add(hash);
    if (this.#failures === 0) this.#next(0);
  }

  #next(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#c.timers.after(ms, () => {
      this.#timer = null;
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#round !== null || this.#stopped) return;
    this.#round = this.#look()
      .then(
        () => this.#reached(),
        (error: unknown) => this.#lost(error),
      )
      .finally(() => {
        this.#round = null;
        if (!this.#stopped && this.#timer === null) this.#next(this.#pause());
      });
  }

  #pause(): number {
    if (this.#failures === 0) return this.#waiting.size > 0 ? 0 : this.#pollMs;
    const doubled = this.#pollMs * 2 ** Math.min(this.#failures - 1, MAX_DOUBLINGS);
    return Math.max(this.#pollMs, Math.min(doubled, MAX_BACK_OFF_MS));
  }

  async #look(): Promise<void> {
    const now = this.#c.clock.monotonic();
    if (this.#scannedAt === null || now - this.#scannedAt >= this.#scanMs) {
      await this.#scan();
      this.#scannedAt = now;
      this.#polledAt = now;
    } else if (this.#polledAt === null || now - this.#polledAt >= this.#pollMs) {
      await this.#read(this.#newest, () => undefined);
      this.#polledAt = now;
    }
    while (this.#waiting.size > 0 && !this.#stopped) {
      const some = [...this.#waiting].slice(0, LIST_PAGE);
      for (const hash of some) this.#waiting.delete(hash);
      try {
        // What was just taken over is among them, and needs no word.
        const untold = some.filter((hash) => this.#agreeing.isUntold(hash));
        await this.#each(untold, (hash) => this.#agreeing.settle(hash, null));
      } catch (error) {
        for (const hash of some) this.#waiting.add(hash);
        throw error;
      }
    }
  }

  #reached(): void {
    if (this.#problem !== null) this.#c.log.info({}, 'the asset service answers');
    this.#problem = null;
    this.#failures = 0;
    this.#lastContact = this.#c.clock.now();
  }

  #lost(error: unknown): void {
    if (this.#stopped) return;
    const known = error instanceof ServiceError;
    const problem = known ? error.message : 'assets could not be exchanged with the service';
    if (!known) this.#c.log.error({ err: error }, problem);
    else if (problem !== this.#problem) this.#c.log.warn({ problem }, 'the asset service is away');
    this.#problem = problem;
    this.#failures += 1;
    this.#scannedAt = null;
  }

  /** Looks at everything on both sides. */
  async #scan(): Promise<void> {
    const { rows } = this.#c;
    this.#failed.clear();
    this.#newest = 0;
    const seen = new Set<number>();
    await this.#read(null, (asset) => seen.add(shortHash(asset.hash)));
    const gone: AssetHash[] = [];
    let known = 0;
    for (const page of pages((after) => rows.page(after, LIST_PAGE))) {
      known += page.length;
      gone.push(...page.filter((hash) => !seen.has(shortHash(hash))));
    }
    if (gone.length > MAX_VANISHED && gone.length > known * MAX_VANISHED_SHARE) {
      if (this.#vanished === null)
        this.#c.log.warn(
          { gone: gone.length, known },
          'most assets are gone from the service; here they stay',
        );
      this.#vanished = `${gone.length} of ${known} assets are gone from the service; they stay here`;
    } else {
      this.#vanished = null;
      await this.#each(gone, (hash) => this.#agreeing.settle(hash, null, true));
    }
    for (const page of pages((after) => rows.unknown(after, LIST_PAGE)))
      await this.#each(page, (hash) => this.#agreeing.settle(hash, null));
  }

  /** Takes over what a list of the service says. */
  async #read(since: number | null, tell: (asset: TheirAsset) => void): Promise<void> {
    let place: ListPlace | null = { offset: 0 };
    for (let read = 0; place !== null && read < MAX_LISTED && !this.#stopped; read += LIST_PAGE) {
      const page: { assets: TheirAsset[]; next: ListPlace | null } = await this.#c.service.list(since, place);
      const news: TheirAsset[] = [];
      for (const asset of page.assets) {
        tell(asset);
        // A time to come would hide everything until then.
        const time = Math.min(asset.timestamp ?? 0, this.#c.clock.now());
        this.#newest = Math.max(this.#newest, time);
        if (!this.#failed.has(asset.hash) && this.#agreeing.isNews(asset)) news.push(asset);
      }
      await this.#each(news, (asset) => this.#agreeing.settle(asset.hash, asset));
      place = page.next;
    }
  }

  /** Does something with each, a few at once; what fails for one asset is counted, a service that is away ends it. */
  async #each<T extends AssetHash | TheirAsset>(
    all: readonly T[],
    settle: (one: T) => Promise<void>,
  ): Promise<void> {
    const left = [...all];
    const lane = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        if (this.#stopped) throw new ServiceError('service_away', 'the node stops');
        try {
          await settle(one);
        } catch (error) {
          if (error instanceof ServiceError && error.code === 'service_away') {
            left.length = 0;
            throw error;
          }
          this.#didFail(typeof one === 'string' ? one : one.hash, error);
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
    for (const done of lanes) if (done.status === 'rejected') throw done.reason;
  }

  #didFail(hash: AssetHash, error: unknown): void {
    if (this.#failed.size < MAX_WAITING) this.#failed.add(hash);
    this.#c.log.warn({ err: error, asset: hash }, 'an asset could not be exchanged with the service');
  }
}

/** Pages by hash until there is none left. */
function* pages(read: (after: AssetHash | null) => AssetHash[]): Generator<AssetHash[]> {
  for (let page = read(null); page.length > 0; page = read(page.at(-1) ?? null)) yield page;
}
