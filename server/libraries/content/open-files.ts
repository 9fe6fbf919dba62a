/**
 * Assets that stay open between two requests for their chunks: who asks for one usually asks for the next. Closed when
 * nobody has used them for a while.
 */
import type { Clock, Timer, Timers } from '../../ports/types.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { AssetBytes, Assets } from '../types.ts';
import { MAX_OPEN_FILES, OPEN_FILE_MS } from './limits.ts';

interface Open {
  bytes: Promise<AssetBytes | null>;
  users: number;
  usedAt: number;
}

export class OpenFiles {
  readonly #c: { clock: Clock; timers: Timers; assets: Pick<Assets, 'open'> };
  readonly #open = new Map<AssetHash, Open>();
  #timer: Timer | null = null;

  constructor(components: { clock: Clock; timers: Timers; assets: Pick<Assets, 'open'> }) {
    this.#c = components;
  }

  /** Fills `room` with bytes of an asset; false when they are not here. */
  async read(hash: AssetHash, offset: number, room: Uint8Array): Promise<boolean> {
    const known = this.#open.get(hash);
    const entry = known ?? { bytes: this.#c.assets.open(hash), users: 0, usedAt: 0 };
    if (known === undefined) this.#open.set(hash, entry);
    this.#timer ??= this.#c.timers.every(OPEN_FILE_MS, () => this.#tidy(OPEN_FILE_MS));
    entry.users += 1;
    try {
      const bytes = await entry.bytes;
      if (bytes === null) return false;
      const read = await bytes.read(offset, room.length, room);
      if (read.length !== room.length) return false;
      if (read.buffer !== room.buffer) room.set(read);
      return true;
    } catch (error) {
      this.forget(hash);
      throw error;
    } finally {
      entry.users -= 1;
      entry.usedAt = this.#c.clock.monotonic();
      if (!this.#open.has(hash)) void this.#close(entry);
      else if (this.#open.size > MAX_OPEN_FILES) this.#tidy(0);
    }
  }

  /** The asset changed or is gone. */
  forget(hash: AssetHash): void {
    const entry = this.#open.get(hash);
    if (entry === undefined) return;
    this.#open.delete(hash);
    if (entry.users === 0) void this.#close(entry);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const idle = [...this.#open.values()].filter(({ users }) => users === 0);
    this.#open.clear();
    await Promise.all(idle.map((entry) => this.#close(entry)));
  }

  /** Closes what nobody has used for `ms`. */
  #tidy(ms: number): void {
    const since = this.#c.clock.monotonic() - ms;
    for (const [hash, entry] of this.#open) if (entry.users === 0 && entry.usedAt <= since) this.forget(hash);
  }

  async #close(entry: Open): Promise<void> {
    if (entry.users > 0) return;
    const bytes = await entry.bytes.catch(() => null);
    await bytes?.close().catch(() => undefined);
  }
}
