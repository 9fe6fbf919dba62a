import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { RunClient } from '../../../server/sync/reconcile/run-client.ts';
import { RunServer } from '../../../server/sync/reconcile/run-server.ts';
import type { Run } from '../../../server/sync/reconcile/run.ts';
import type {
  OutgoingItem,
  RunComponents,
  RunResult,
  RunStore,
  SharedSet,
  Taken,
} from '../../../server/sync/reconcile/types.ts';
import { itemId, setTag } from '../../../server/wire/item-id.ts';
import { RecordSet, compareRecords } from '../../../server/wire/negentropy/record-set.ts';
import type { Cut } from '../../../server/wire/negentropy/record-set.ts';
import type { Snapshot } from '../../../server/wire/negentropy/snapshot.ts';
import type { ForeignItem } from '../../../server/wire/reconcile-frames.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import type { ItemType } from '../../../server/wire/secure-frames.ts';

/** Unix seconds of everything here. */
export const CUT = 1_763_776_800;

interface Held {
  id: Uint8Array;
  ts: number;
  text: string;
}

/** A store in memory: items are objects with a name and nothing else. */
export class MemoryRunStore implements RunStore {
  readonly sets = new Map<string, Map<string, Held>>();
  readonly floors = new Map<string, number>();
  /** Sets whose items are judged by those of the others. */
  readonly late = new Set<string>();
  readonly refusing = new Set<string>();
  readonly unrefused: string[] = [];
  readonly refused = new Map<string, { setId: string; id: Uint8Array; ts: number }>();

  add(setId: string, name: string, ts: number): Uint8Array {
    const id = itemId(nativeCrypto, { kind: 'm', objectId: name, version: '' });
    const text = JSON.stringify({ k: 'm', id: name, ts, v: '', body: { content: name.repeat(8) } });
    this.#set(setId).set(toHex(id), { id, ts, text });
    return id;
  }

  names(setId: string): string[] {
    return [...this.#set(setId).keys()].sort();
  }

  shared(): SharedSet[] {
    return [...this.sets.keys()].map((setId) => ({
      setId,
      tag: setTag(nativeCrypto, setId),
      floor: this.floors.get(setId) ?? 0,
      stage: this.late.has(setId) ? 1 : 0,
    }));
  }

  async snapshot(setId: string, cut: Cut): Promise<Snapshot> {
    const set = new RecordSet();
    const records = [...this.#set(setId).values()].map(({ id, ts }) => ({ id, ts, expiresAt: Infinity }));
    set.append(records.sort(compareRecords));
    const refused = [...this.refused.values()].filter((one) => one.setId === setId);
    return set.snapshot(
      cut,
      refused.map((one) => ({ ...one, expiresAt: Infinity })),
    );
  }

  async load(setId: string, ids: readonly Uint8Array[]): Promise<OutgoingItem[]> {
    const set = this.#set(setId);
    return ids.flatMap((id) => set.get(toHex(id)) ?? []).sort((a, b) => a.ts - b.ts);
  }

  ahead(): void {
    // Nothing here takes time.
  }

  async take(
    setId: string,
    items: readonly ForeignItem[],
    admits: (id: Uint8Array) => boolean,
  ): Promise<Taken[]> {
    return items.map(({ fields }): Taken => {
      const { id: name, ts } = fields;
      if (typeof name !== 'string' || typeof ts !== 'number') return { id: null, ts: 0, outcome: 'invalid' };
      const id = itemId(nativeCrypto, { kind: 'm', objectId: name, version: '' });
      if (!admits(id)) return { id, ts, outcome: 'invalid' };
      if (this.refusing.has(name)) {
        this.refused.set(toHex(id), { setId, id, ts });
        return { id, ts, outcome: 'refused' };
      }
      this.add(setId, name, ts);
      return { id, ts, outcome: 'stored' };
    });
  }

  unrefuse(_setId: string, ids: readonly Uint8Array[]): void {
    this.unrefused.push(...ids.map(toHex));
  }

  #set(setId: string): Map<string, Held> {
    const set = this.sets.get(setId) ?? new Map<string, Held>();
    this.sets.set(setId, set);
    return set;
  }
}

/** What went over the line. */
export interface Traffic {
  bytes: number;
  /** Of these, in frames that carry no messages. */
  comparing: number;
  pages: number;
  frames: number;
}

/** Two sides of one run over a line in memory. */
export class Pair {
  readonly traffic: Traffic = { bytes: 0, comparing: 0, pages: 0, frames: 0 };
  readonly client: RunClient;
  readonly server: RunServer;
  readonly errors: unknown[] = [];
  pauses = 0;
  progress: [number, number][] = [];
  #cutAfter: number;
  readonly #reorder: () => number;

  constructor(
    stores: { client: RunStore; server: RunStore },
    init: { cutAfter?: number; reorder?: () => number; now?: number } = {},
  ) {
    this.#cutAfter = init.cutAfter ?? Infinity;
    this.#reorder = init.reorder ?? (() => 0);
    this.client = new RunClient(
      this.#components(stores.client, () => this.server),
      { run: 7 },
    );
    this.server = new RunServer(
      this.#components(stores.server, () => this.client),
      {
        run: 7,
        now: () => init.now ?? CUT,
      },
    );
  }

  async run(): Promise<{ client: RunResult; server: RunResult }> {
    await this.client.begin(CUT);
    return { client: await this.client.result, server: await this.server.result };
  }

  #components(store: RunStore, other: () => Run): RunComponents {
    return {
      store,
      crypto: nativeCrypto,
      send: (type, body) => this.#carry(other(), type, body),
      pause: async () => {
        this.pauses += 1;
      },
      progress: (done, total) => this.progress.push([done, total]),
    };
  }

  #carry(to: Run, type: ItemType, body: Uint8Array): void {
    this.traffic.frames += 1;
    this.traffic.bytes += body.length;
    if (type === ITEM.reconcilePage) this.traffic.pages += 1;
    else this.traffic.comparing += body.length;
    if (this.traffic.frames > this.#cutAfter) {
      this.client.abort('lost');
      this.server.abort('lost');
      return;
    }
    let turns = this.#reorder();
    const deliver = (): void => {
      if (turns > 0) {
        turns -= 1;
        setImmediate(deliver);
      } else to.handle(type, body).catch((error: unknown) => this.errors.push(error));
    };
    setImmediate(deliver);
  }
}

/** Runs one comparison of two stores. */
export function reconcile(
  client: RunStore,
  server: RunStore,
): Promise<{ client: RunResult; server: RunResult }> {
  return new Pair({ client, server }).run();
}
