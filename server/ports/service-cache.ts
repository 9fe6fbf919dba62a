/**
 * What the LAN says about Canopy services, gathered from multicast DNS records (01 section 3.2). The records of
 * one service may arrive in several packets and in any order; a service is reported once it is complete, and again
 * when it changes. Pure: it reads packets and the clock it is given, and says what should be asked.
 */
import type { SeenService } from './types.ts';

/** One resource record as the DNS library decodes it; everything in it is somebody else's claim. */
export interface DnsRecord {
  name: string;
  type: string;
  ttl?: number;
  data?: unknown;
}

/** A question worth asking. */
export interface DnsQuestion {
  name: string;
  type: 'PTR' | 'SRV' | 'TXT' | 'A' | 'AAAA';
}

/** What a packet led to. */
export interface CacheChange {
  seen: SeenService[];
  gone: string[];
  ask: DnsQuestion[];
}

/** Records looked at in one packet, and services remembered: a LAN that exceeds them floods us. */
const MAX_RECORDS = 256;
const MAX_SERVICES = 256;
const MAX_ADDRESSES = 16;
const MAX_TXT_ENTRIES = 32;
/** A service is gone when nothing confirmed it for this long: three missed answers to our periodic question. */
const MIN_LIFE_MS = 180_000;

interface Entry {
  instance: string;
  target: string | null;
  port: number;
  txt: Map<string, string> | null;
  expires: number;
  reported: string;
}

/** Instances of one service type. */
export class ServiceCache {
  readonly #type: string;
  readonly #entries = new Map<string, Entry>();
  readonly #hosts = new Map<string, { v4: string[]; v6: string[] }>();

  /** @param type such as `_canopy._tcp.local` (with or without the final dot). */
  constructor(type: string) {
    this.#type = keyOf(type);
  }

  /** Takes the records of one packet. @param now monotonic ms. */
  take(records: readonly DnsRecord[], now: number): CacheChange {
    const change: CacheChange = { seen: [], gone: [], ask: [] };
    const touched = new Set<Entry>();
    const hosts = new Set<string>();
    for (const record of records.slice(0, MAX_RECORDS)) {
      if (record.type === 'PTR') this.#pointer(record, now, touched, change);
      else if (record.type === 'SRV' || record.type === 'TXT') this.#detail(record, now, touched);
    }
    for (const record of records.slice(0, MAX_RECORDS)) {
      if (record.type === 'A' || record.type === 'AAAA') this.#address(record, hosts);
    }
    for (const entry of this.#entries.values()) {
      if (touched.has(entry) || (entry.target !== null && hosts.has(entry.target)))
        this.#report(entry, change);
    }
    return change;
  }

  /** Instances that were not confirmed in time. @param now monotonic ms. */
  expire(now: number): string[] {
    const gone: string[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.expires > now) continue;
      this.#entries.delete(key);
      if (entry.reported !== '') gone.push(entry.instance);
    }
    return gone;
  }

  #pointer(record: DnsRecord, now: number, touched: Set<Entry>, change: CacheChange): void {
    if (keyOf(record.name) !== this.#type || typeof record.data !== 'string') return;
    const key = keyOf(record.data);
    if (record.ttl === 0) {
      const entry = this.#entries.get(key);
      if (entry === undefined) return;
      this.#entries.delete(key);
      if (entry.reported !== '') change.gone.push(entry.instance);
      return;
    }
    const entry = this.#entries.get(key) ?? {
      instance: record.data,
      target: null,
      port: 0,
      txt: null,
      expires: 0,
      reported: '',
    };
    if (!this.#entries.has(key) && this.#entries.size >= MAX_SERVICES) return;
    entry.expires = now + MIN_LIFE_MS;
    this.#entries.set(key, entry);
    touched.add(entry);
  }

  #detail(record: DnsRecord, now: number, touched: Set<Entry>): void {
    const entry = this.#entries.get(keyOf(record.name));
    if (entry === undefined || record.ttl === 0) return;
    if (record.type === 'TXT') {
      entry.txt = readTxt(record.data);
    } else {
      const { data } = record;
      if (typeof data !== 'object' || data === null || !('target' in data) || !('port' in data)) return;
      if (typeof data.target !== 'string' || typeof data.port !== 'number') return;
      entry.target = keyOf(data.target);
      entry.port = data.port;
    }
    entry.expires = now + MIN_LIFE_MS;
    touched.add(entry);
  }

  /** The addresses of a host in one packet replace those of earlier packets, per family. */
  #address(record: DnsRecord, hosts: Set<string>): void {
    const host = keyOf(record.name);
    if (typeof record.data !== 'string' || record.ttl === 0) return;
    if (![...this.#entries.values()].some((entry) => entry.target === host)) return;
    const known = this.#hosts.get(host) ?? { v4: [], v6: [] };
    const family = record.type === 'A' ? 'v4' : 'v6';
    const fresh = `${host} ${family}`;
    if (!hosts.has(fresh)) known[family] = [];
    hosts.add(fresh).add(host);
    const linkLocal = /^fe[89ab]/i.test(record.data);
    if (!linkLocal && known[family].length < MAX_ADDRESSES && !known[family].includes(record.data)) {
      known[family].push(record.data);
    }
    this.#hosts.set(host, known);
    if (this.#hosts.size > MAX_SERVICES) this.#pruneHosts();
  }

  #pruneHosts(): void {
    const used = new Set([...this.#entries.values()].map((entry) => entry.target));
    for (const host of this.#hosts.keys()) if (!used.has(host)) this.#hosts.delete(host);
  }

  #report(entry: Entry, change: CacheChange): void {
    if (entry.target === null || entry.txt === null) {
      change.ask.push({ name: entry.instance, type: 'SRV' }, { name: entry.instance, type: 'TXT' });
      return;
    }
    const host = this.#hosts.get(entry.target);
    const addresses = [...(host?.v4 ?? []), ...(host?.v6 ?? [])];
    if (addresses.length === 0) {
      change.ask.push({ name: entry.target, type: 'A' }, { name: entry.target, type: 'AAAA' });
      return;
    }
    const { txt, port, instance } = entry;
    const summary = JSON.stringify([port, addresses, [...txt]]);
    if (summary === entry.reported) return;
    entry.reported = summary;
    change.seen.push({ txt, addresses, port, instance });
  }
}

/** DNS names compare without case and without the final dot. */
function keyOf(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

/** Keys and values of a TXT record; the first entry of a key counts, one without `=` is passed over. */
function readTxt(data: unknown): Map<string, string> {
  const values = new Map<string, string>();
  const entries: unknown[] = Array.isArray(data) ? data : [data];
  for (const entry of entries.slice(0, MAX_TXT_ENTRIES)) {
    if (!(entry instanceof Uint8Array) && typeof entry !== 'string') continue;
    const text = typeof entry === 'string' ? entry : new TextDecoder().decode(entry);
    const equals = text.indexOf('=');
    const key = text.slice(0, equals);
    if (equals > 0 && !values.has(key)) values.set(key, text.slice(equals + 1));
  }
  return values;
}
