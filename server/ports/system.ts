/**
 * The real ports of a node: system clock, timers, randomness, websockets, multicast DNS (08 section 2). Only
 * `server/node.ts` calls this; every other room gets the record handed in.
 */
import { randomFillSync } from 'node:crypto';
import { LocalAddresses } from './addresses.ts';
import { bonjourDiscovery } from './mdns.ts';
import type { Clock, Ports, Random, Timers } from './types.ts';
import { websocketTransport } from './websocket.ts';

/** The system's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Node's timers, unref'd: a stopped node never waits for one. Longer delays than Node can count are cut to its maximum. */
export const systemTimers: Timers = {
  after(ms, task) {
    const timer = setTimeout(task, clampDelay(ms));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(ms, task) {
    const timer = setInterval(task, clampDelay(ms));
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Random bytes fetched at once: asking the system costs the same for sixteen as for four thousand. */
const POOL_BYTES = 4096;
const pool = new Uint8Array(POOL_BYTES);
let taken = POOL_BYTES;

/** Bytes of the pool that nobody had before; they are wiped there. */
function randomBytes(length: number): Uint8Array {
  if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
  if (taken + length > POOL_BYTES) {
    randomFillSync(pool);
    taken = 0;
  }
  const end = taken + length;
  const bytes = pool.slice(taken, end);
  pool.fill(0, taken, end);
  taken = end;
  return bytes;
}

/** The system's cryptographic randomness; the fraction is only ever used for jitter. */
export const systemRandom: Random = {
  bytes: randomBytes,
  fraction: () => Math.random(),
};

/** Everything real, in one record. */
export function systemPorts(): Ports {
  const addresses = new LocalAddresses();
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    transport: websocketTransport(),
    discovery: bonjourDiscovery(),
    commit: (base) => base,
    localAddresses: () => addresses.list(),
  };
}

/** `setTimeout` takes at most 2^31 - 1 ms and treats more as 1. */
function clampDelay(ms: number): number {
  return Math.min(Math.max(ms, 0), 0x7fffffff);
}
