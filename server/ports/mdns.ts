/**
 * The {@link Discovery} over multicast DNS with bonjour-service (01 section 3). The package announces; what others
 * announce is read here from its socket, because its own browser asks once, wants all records in one packet and
 * never notices a changed address. A socket error of the package is an uncaught exception unless somebody listens
 * on the inner object, so this does.
 */
import { Bonjour } from 'bonjour-service';
import { ServiceCache } from './service-cache.ts';
import type { DnsQuestion, DnsRecord } from './service-cache.ts';
import type { Advertisement, Discovery, SeenService } from './types.ts';

const SERVICE_TYPE = '_canopy._tcp.local';
/** Lives of host records and of the others, seconds (01 section 3.1). */
const HOST_TTL_S = 120;
const OTHER_TTL_S = 4500;
/** The first questions come close together, for answers that got lost; then one keeps the picture fresh. */
const QUERY_DELAYS_MS = [0, 1_000, 3_000, 9_000];
const QUERY_INTERVAL_MS = 45_000;
/** Saying goodbye must not hold up a stop. */
const GOODBYE_TIMEOUT_MS = 500;

/** The part of the package's inner object that is used. */
interface InnerMdns {
  on(event: string, listener: (...values: unknown[]) => void): void;
  query(questions: readonly DnsQuestion[]): void;
}

interface Handlers {
  seen(service: SeenService): void;
  gone(instance: string): void;
  failed(error: Error): void;
}

/** Announces and looks for Canopy nodes on the LAN. */
export function bonjourDiscovery(): Discovery {
  let running: Running | null = null;
  return {
    async start(advertisement, handlers) {
      if (running !== null) return;
      running = new Running(advertisement, handlers);
      try {
        await running.ready;
      } catch (error) {
        await running.stop();
        running = null;
        throw error;
      }
    },
    async stop() {
      const stopping = running;
      running = null;
      await stopping?.stop();
    },
  };
}

/** One start of the discovery. */
class Running {
  readonly ready: Promise<void>;
  readonly #bonjour: Bonjour;
  readonly #mdns: InnerMdns;
  readonly #cache = new ServiceCache(SERVICE_TYPE);
  readonly #handlers: Handlers;
  #timers: NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(advertisement: Advertisement, handlers: Handlers) {
    this.#handlers = handlers;
    this.#bonjour = new Bonjour({}, (error: unknown) => this.#fail(error));
    this.#mdns = innerMdns(this.#bonjour);
    this.ready = new Promise((resolve, reject) => {
      this.#mdns.on('error', (error) => {
        reject(asError(error));
        this.#fail(error);
      });
      // Warnings are packets that cannot be read and interfaces without multicast: neither is news.
      this.#mdns.on('warning', () => undefined);
      this.#mdns.on('ready', () => {
        this.#begin(advertisement);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await within(GOODBYE_TIMEOUT_MS, (done) => this.#bonjour.unpublishAll(done));
    await within(GOODBYE_TIMEOUT_MS, (done) => this.#bonjour.destroy(done));
  }

  #begin(advertisement: Advertisement): void {
    if (this.#stopped) return;
    this.#announce(advertisement);
    this.#mdns.on('response', (packet) => this.#receive(packet));
    this.#mdns.on('networkInterface', () => this.#ask());
    for (const delay of QUERY_DELAYS_MS) this.#timers.push(setTimeout(() => this.#ask(), delay).unref());
    const refresh = setInterval(() => {
      this.#ask();
      for (const instance of this.#cache.expire(performance.now())) this.#handlers.gone(instance);
    }, QUERY_INTERVAL_MS);
    this.#timers.push(refresh.unref());
  }

  #announce({ instance, hostname, port, txt, addresses }: Advertisement): void {
    const name = instance.split('.')[0] ?? instance;
    const service = this.#bonjour.publish({ name, type: 'canopy', port, host: hostname.replace(/\.$/, '') });
    // The package would announce every interface address and its own life times; it asks for its records when it
    // has made sure that the name is free, which is later.
    const fqdn = `${name}.${SERVICE_TYPE}`;
    const host = hostname.replace(/\.$/, '');
    service.records = () => [
      { name: SERVICE_TYPE, type: 'PTR', ttl: OTHER_TTL_S, data: fqdn },
      { name: fqdn, type: 'SRV', ttl: HOST_TTL_S, data: { port, target: host, priority: 0, weight: 0 } },
      { name: fqdn, type: 'TXT', ttl: OTHER_TTL_S, data: txt.map((entry) => Buffer.from(entry)) },
      ...addresses.map((address) => ({
        name: host,
        type: address.includes(':') ? ('AAAA' as const) : ('A' as const),
        ttl: HOST_TTL_S,
        data: address,
      })),
    ];
  }

  #ask(): void {
    this.#query([{ name: SERVICE_TYPE, type: 'PTR' }]);
  }

  #query(questions: readonly DnsQuestion[]): void {
    if (!this.#stopped && questions.length > 0) this.#mdns.query(questions);
  }

  #receive(packet: unknown): void {
    if (this.#stopped) return;
    const change = this.#cache.take(recordsOf(packet), performance.now());
    for (const service of change.seen) this.#handlers.seen(service);
    for (const instance of change.gone) this.#handlers.gone(instance);
    this.#query(change.ask);
  }

  #fail(error: unknown): void {
    if (!this.#stopped) this.#handlers.failed(asError(error));
  }
}

function innerMdns(bonjour: Bonjour): InnerMdns {
  const server: unknown = Reflect.get(bonjour, 'server');
  const mdns: unknown = typeof server === 'object' && server !== null ? Reflect.get(server, 'mdns') : null;
  if (!isInnerMdns(mdns)) throw new Error('bonjour-service has changed its inside');
  return mdns;
}

function isInnerMdns(value: unknown): value is InnerMdns {
  return (
    typeof value === 'object' &&
    value !== null &&
    'on' in value &&
    typeof value.on === 'function' &&
    'query' in value &&
    typeof value.query === 'function'
  );
}

/** Answers and additional records of a decoded packet. */
function recordsOf(packet: unknown): DnsRecord[] {
  if (typeof packet !== 'object' || packet === null) return [];
  const lists = [Reflect.get(packet, 'answers'), Reflect.get(packet, 'additionals')];
  return lists.flatMap((list: unknown) => (Array.isArray(list) ? list.filter(isRecord) : []));
}

function isRecord(value: unknown): value is DnsRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'type' in value &&
    typeof value.type === 'string'
  );
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Runs a callback-style function and waits for it, but no longer than `ms`. */
function within(ms: number, run: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    try {
      run(() => {
        clearTimeout(timer);
        resolve();
      });
    } catch {
      clearTimeout(timer);
      resolve();
    }
  });
}
