/** What this node does for peers that cannot reach each other, and what it carries (guide section 8, 05 section 10.4, C-11). */
import type { RelayStatus } from '../api/types.ts';
import { loadMesh } from './mesh.ts';
import { api } from './session.ts';
import { decimals } from './numbers.ts';

/** One choice of the Mesh Relay setting: what it does, and what it costs. */
export interface PolicyChoice {
  value: string;
  label: string;
  does: string;
  cost: string;
}

/** In the order of the guide. */
export const POLICIES: readonly PolicyChoice[] = [
  {
    value: 'off',
    label: 'Off',
    does: 'This node does not help others: it introduces nobody and passes nothing on.',
    cost: 'No bandwidth.',
  },
  {
    value: 'broker_only',
    label: 'Broker only',
    does: 'This node introduces your contacts to each other and passes on what the mesh needs to work, but carries no messages or files between them.',
    cost: 'Hardly any bandwidth.',
  },
  {
    value: 'full_relay',
    label: 'Full relay',
    does: 'This node also carries messages and files between contacts that cannot connect directly.',
    cost: 'Bandwidth in proportion to what they send, at most 2 MiB per second for each pair unless configured otherwise.',
  },
];

/** One pair this node carried for. */
export interface CarriedPair {
  key: string;
  names: string;
  amount: string;
  messages: number;
  dropped: number;
  /** Unix ms. */
  lastAt: number;
}

/** The pairs of an answer, ready to be shown. */
export function carriedPairs(status: RelayStatus): CarriedPair[] {
  return (status.relayed_pairs ?? []).map((pair) => ({
    key: pair.peers.join(' '),
    names: pair.names.join(' and '),
    amount: bytesText(pair.bytes),
    messages: pair.messages,
    dropped: pair.dropped,
    lastAt: pair.last_at * 1000,
  }));
}

/** A number of bytes in words: `812 B`, `3.4 KiB`, `12 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${decimals(value, digits)} ${units[unit] ?? ''}`;
}

/** Ways to peers that are not connected: peer, next hop, and whether it carries messages or only what the mesh needs. */
export function routes(status: RelayStatus): { peerId: string; hop: string; carries: boolean }[] {
  return Object.entries(status.routing_table).map(([peerId, hop]) => ({
    peerId,
    hop,
    carries: status.active_relays[peerId] === hop,
  }));
}

/** Chooses the policy; it holds at once. */
export async function chooseRelayPolicy(policy: string): Promise<void> {
  await api.post('/api/v1/p2p/relay_policy', { policy });
  await loadMesh();
}
