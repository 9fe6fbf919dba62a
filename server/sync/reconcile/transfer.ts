/**
 * The items of one run on their way (06 sections 4.2 point 4 and 4.3): gets and pages in both directions, in small
 * windows, with everything that comes held against what was asked for.
 */
import { toHex } from '../../crypto/bytes.ts';
import { MAX_GET_IDS, encodeGet, encodePage, encodePageAck } from '../../wire/reconcile-frames.ts';
import type { GetFrame, PageAckFrame, PageFrame } from '../../wire/reconcile-frames.ts';
import { ITEM } from '../../wire/secure-frames.ts';
import type { OutgoingItem, RunComponents, SharedSet } from './types.ts';

/** Bytes of items in a page, unless one alone is larger (06 section 4.2 point 4). */
const PAGE_BYTES = 262_144;
/** Items read from the store at a time. */
const LOAD_ITEMS = 100;
/** Unacknowledged pages, and open gets, per direction (06 section 4.2 point 4). */
const WINDOW = 2;
/** Invalid items that end a run (06 section 4.3). */
const MAX_INVALID = 100;
/** Items one side takes in one run (06 section 4.3). */
export const MAX_NEEDED = 100_000;

/** The other side broke a rule of the run. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly code = 'run_fault';
}

/** Ids of one set to be sent; answers to a get name what is gone. */
interface Giving {
  set: SharedSet;
  ids: Uint8Array[];
  asked: boolean;
}

export class Transfer {
  got = 0;
  gave = 0;
  refused = 0;
  /** Ids of ours that the other side refused. */
  readonly refusedByPeer: Uint8Array[] = [];
  /** Creation times of what came, by id in hex. */
  readonly timesSeen = new Map<string, number>();
  readonly #c: RunComponents;
  readonly #run: number;
  readonly #setOf: (tag: Uint8Array) => SharedSet | undefined;
  /** Whether the other side may send what was not asked for: the client pushes what the server lacks. */
  readonly #takesPushes: boolean;
  #wanted: { set: SharedSet; ids: Uint8Array[] }[] = [];
  /** Asked and not yet answered, by tag and id in hex; how many of each open get. */
  readonly #asked = new Map<string, number>();
  readonly #openGets = new Map<number, number>();
  #gets = 0;
  #needed = 0;
  #giving: Giving[] = [];
  #toGive = 0;
  #pages = 0;
  readonly #unacked = new Map<number, Set<string>>();
  #pumping = false;
  #pushed = 0;
  #askedOfUs = 0;
  #invalid = 0;

  constructor(
    components: RunComponents,
    init: { run: number; setOf: (tag: Uint8Array) => SharedSet | undefined; takesPushes: boolean },
  ) {
    this.#c = components;
    this.#run = init.run;
    this.#setOf = init.setOf;
    this.#takesPushes = init.takesPushes;
  }

  /** Nothing is asked for, nothing is to be sent, nothing is unacknowledged. */
  get idle(): boolean {
    return (
      this.#wanted.length === 0 &&
      this.#openGets.size === 0 &&
      this.#giving.length === 0 &&
      this.#unacked.size === 0 &&
      !this.#pumping
    );
  }

  /** Asks for ids, as far as the limit of a run goes; false when some had to be left out. */
  want(set: SharedSet, ids: readonly Uint8Array[]): boolean {
    const fits = ids.slice(0, MAX_NEEDED - this.#needed);
    this.#needed += fits.length;
    for (let at = 0; at < fits.length; at += MAX_GET_IDS)
      this.#wanted.push({ set, ids: fits.slice(at, at + MAX_GET_IDS) });
    this.#ask();
    return fits.length === ids.length;
  }

  /** Sends what the other side lacks. */
  async give(set: SharedSet, ids: readonly Uint8Array[]): Promise<void> {
    this.#queue({ set, ids: [...ids], asked: false });
    await this.pump();
  }

  /** The other side asks. @throws {RunFault} when it has too many questions open. */
  async onGet({ tag, ids }: GetFrame): Promise<void> {
    const set = this.#setOf(tag);
    if (set === undefined) throw new RunFault('a get for a set that is not shared');
    if (this.#giving.filter(({ asked }) => asked).length >= WINDOW) throw new RunFault('too many open gets');
    this.#askedOfUs += ids.length;
    if (this.#askedOfUs > MAX_NEEDED) throw new RunFault('no end of gets');
    this.#queue({ set, ids: [...ids], asked: true });
    await this.pump();
  }

  /** Items came. Resolves after the commit. @throws {RunFault} */
  async onPage({ tag, page, items, gone, total }: PageFrame): Promise<void> {
    const set = this.#setOf(tag);
    if (set === undefined) throw new RunFault('a page of a set that is not shared');
    this.#pushed += this.#takesPushes ? items.length : 0;
    if (this.#pushed > MAX_NEEDED) throw new RunFault('more items than a run takes');
    const tagHex = toHex(tag);
    const taken = await this.#c.store.take(set.setId, items, (id) => this.#admits(tagHex, id));
    const refused: Uint8Array[] = [];
    for (const { id, ts, outcome } of taken) {
      if (outcome === 'invalid' || id === null) {
        this.#invalid += 1;
        continue;
      }
      this.#answered(tagHex, id);
      this.timesSeen.set(toHex(id), ts);
      if (outcome === 'stored') this.got += 1;
      else refused.push(id);
    }
    for (const id of gone) if (!this.#answered(tagHex, id)) this.#invalid += 1;
    if (this.#invalid >= MAX_INVALID) throw new RunFault('too many invalid items');
    this.refused += refused.length;
    this.#c.send(ITEM.reconcilePageAck, encodePageAck({ run: this.#run, page, refused }));
    // Of what is pushed only the other side knows how much it is.
    const whole = this.#takesPushes ? Math.min(total, MAX_NEEDED) : this.#needed;
    const handled = this.got + this.refused;
    this.#c.progress(handled, Math.max(whole, handled));
    this.#ask();
  }

  /** @throws {RunFault} for a page that is not outstanding, or ids that were not in it. */
  async onPageAck({ page, refused }: PageAckFrame): Promise<void> {
    const sent = this.#unacked.get(page);
    if (sent === undefined || !refused.every((id) => sent.has(toHex(id))))
      throw new RunFault('an acknowledgement of what was not sent');
    this.#unacked.delete(page);
    this.refusedByPeer.push(...refused);
    await this.pump();
  }

  /** Sends pages while the window is open. */
  async pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#unacked.size < WINDOW && this.#giving.length > 0) await this.#sendPage();
    } finally {
      this.#pumping = false;
    }
  }

  #queue(giving: Giving): void {
    if (giving.ids.length === 0) return;
    this.#giving.push(giving);
    this.#toGive += giving.ids.length;
  }

  async #sendPage(): Promise<void> {
    const giving = this.#giving[0];
    if (giving === undefined) return;
    const { set } = giving;
    const items: OutgoingItem[] = [];
    const gone: Uint8Array[] = [];
    let bytes = 0;
    while (giving.ids.length > 0 && bytes < PAGE_BYTES) {
      const ids = giving.ids.splice(0, LOAD_ITEMS);
      const loaded = await this.#c.store.load(set.setId, ids);
      const here = new Set(loaded.map(({ id }) => toHex(id)));
      gone.push(...ids.filter((id) => !here.has(toHex(id))));
      const fitting = fittingItems(loaded, PAGE_BYTES - bytes, items.length === 0);
      items.push(...loaded.slice(0, fitting));
      bytes += loaded.slice(0, fitting).reduce((sum, { text }) => sum + text.length, 0);
      giving.ids.unshift(...loaded.slice(fitting).map(({ id }) => id));
      if (fitting < loaded.length) break;
    }
    if (giving.ids.length === 0) this.#giving.shift();
    if (gone.length > 0) this.#c.store.unrefuse(set.setId, gone);
    if (items.length === 0 && !giving.asked) return;
    this.#pages += 1;
    this.gave += items.length;
    this.#unacked.set(this.#pages, new Set(items.map(({ id }) => toHex(id))));
    const page = encodePage({
      run: this.#run,
      tag: set.tag,
      page: this.#pages,
      items: items.map(({ text }) => text),
      gone: giving.asked ? gone : [],
      done: this.gave,
      total: this.#toGive,
    });
    this.#c.send(ITEM.reconcilePage, page);
  }

  #ask(): void {
    while (this.#openGets.size < WINDOW) {
      const next = this.#wanted.shift();
      if (next === undefined) return;
      this.#gets += 1;
      const tag = toHex(next.set.tag);
      for (const id of next.ids) this.#asked.set(`${tag}${toHex(id)}`, this.#gets);
      this.#openGets.set(this.#gets, next.ids.length);
      this.#c.send(ITEM.reconcileGet, encodeGet({ run: this.#run, tag: next.set.tag, ids: next.ids }));
    }
  }

  #admits(tag: string, id: Uint8Array): boolean {
    return this.#takesPushes || this.#asked.has(`${tag}${toHex(id)}`);
  }

  /** Notes that an id was answered; false when it had not been asked for. */
  #answered(tag: string, id: Uint8Array): boolean {
    const key = `${tag}${toHex(id)}`;
    const get = this.#asked.get(key);
    if (get === undefined) return false;
    this.#asked.delete(key);
    const open = (this.#openGets.get(get) ?? 0) - 1;
    if (open > 0) this.#openGets.set(get, open);
    else this.#openGets.delete(get);
    return true;
  }
}

/** How many of the items fit into what is left of a page; the first of a page always does. */
function fittingItems(items: readonly OutgoingItem[], room: number, first: boolean): number {
  let left = room;
  let count = 0;
  for (const { text } of items) {
    if (text.length > left && !(first && count === 0)) break;
    left -= text.length;
    count += 1;
  }
  return count;
}
