/**
 * The mDNS record of a node: what it announces and what a receiver makes of one (01 section 3). Sockets are the
 * business of the discovery port; nothing in a record is authenticated, the handshake decides.
 */
import { sanitizeRemote, formatEndpoint } from './endpoint.ts';
import type { Endpoint, PeerId } from './ids.ts';

/** DNS-SD service type. */
export const SERVICE_TYPE = '_canopy._tcp.local.';
/** Life of the host (A, AAAA) records and of the others, in seconds. */
export const HOST_TTL_S = 120;
export const OTHER_TTL_S = 4500;
/** What a node that states nothing can do. */
const DEFAULT_CAPABILITIES = ['chat', 'files', 'voice'];
/** A TXT entry has one length byte (RFC 6763 section 6.1). */
const MAX_TXT_ENTRY_BYTES = 255;
/** Entries looked at in a foreign record; our own has three. */
const MAX_TXT_ENTRIES = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What a node announces (01 section 3.1); priority and weight of the SRV record are 0. */
export interface ServiceRecord {
  /** Full instance name, `canopy-<peer id>._canopy._tcp.local.`. */
  instance: string;
  /** Target of the SRV record, `canopy-<peer id>.local.`. */
  hostname: string;
  port: number;
  txt: string[];
  addresses: string[];
}

/** What a receiver knows of a node it saw (01 section 3.2). */
export interface DiscoveredService {
  /** As claimed, whatever text it is. */
  peerId: string;
  addresses: string[];
  port: number;
  version: string;
  /** As announced, not trimmed; one empty text when there were none. */
  capabilities: string[];
}

/** The record of the node `peerId`. Capabilities that do not fit into a TXT entry are left out from the end. */
export function serviceRecord(node: {
  peerId: PeerId;
  port: number;
  canopyVersion: string;
  capabilities: readonly string[];
  addresses: readonly string[];
}): ServiceRecord {
  const { peerId, port, canopyVersion } = node;
  const stated = node.capabilities.map((item) => item.trim()).filter((item) => item !== '');
  const capabilities = stated.length > 0 ? stated : [...DEFAULT_CAPABILITIES];
  const entry = (): string => `capabilities=${capabilities.join(',')}`;
  while (encoder.encode(entry()).length > MAX_TXT_ENTRY_BYTES) capabilities.pop();
  const addresses = [...new Set(node.addresses)];
  return {
    instance: `canopy-${peerId}.${SERVICE_TYPE}`,
    hostname: `canopy-${peerId}.local.`,
    port,
    txt: [`peer_id=${peerId}`, `version=${canopyVersion}`, entry()],
    addresses: addresses.length > 0 ? addresses : ['127.0.0.1'],
  };
}

/**
 * TXT record data: each entry behind its length byte.
 * @throws {RangeError} for an entry of more than 255 bytes.
 */
export function encodeTxt(entries: readonly string[]): Uint8Array {
  const parts = entries.map((entry) => encoder.encode(entry));
  if (parts.some((part) => part.length > MAX_TXT_ENTRY_BYTES)) throw new RangeError('TXT entry is too long');
  return Uint8Array.from(parts.flatMap((part) => [part.length, ...part]));
}

/**
 * Keys and values of TXT record data; the first entry of a key counts, an entry without `=` has no value and is
 * passed over. Never throws: what is cut off at the end is read as far as it goes.
 */
export function parseTxt(data: Uint8Array): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0, count = 0; at < data.length && count < MAX_TXT_ENTRIES; count += 1) {
    const end = at + 1 + (data[at] ?? 0);
    const entry = decoder.decode(data.subarray(at + 1, end));
    const equals = entry.indexOf('=');
    const key = entry.slice(0, equals);
    if (equals > 0 && !values.has(key)) values.set(key, entry.slice(equals + 1));
    at = end;
  }
  return values;
}

/** What a seen service says; `null` when it is our own, names no peer, or has no address. */
export function readService(
  service: { txt: ReadonlyMap<string, string>; addresses: readonly string[]; port: number },
  localPeerId: PeerId,
): DiscoveredService | null {
  const peerId = service.txt.get('peer_id') ?? '';
  const addresses = [...new Set(service.addresses)];
  if (peerId === '' || peerId === localPeerId || addresses.length === 0) return null;
  return {
    peerId,
    addresses,
    port: service.port,
    version: service.txt.get('version') ?? 'unknown',
    capabilities: (service.txt.get('capabilities') ?? '').split(','),
  };
}

/** The endpoints to dial for a seen service, in order; the record does not say whether the node speaks TLS. */
export function serviceEndpoints(
  service: DiscoveredService,
  options: { tls?: boolean; allowLoopback?: boolean } = {},
): Endpoint[] {
  const scheme = options.tls === true ? 'wss' : 'ws';
  const texts = service.addresses.map((host) => formatEndpoint({ scheme, host, port: service.port }));
  return sanitizeRemote(texts, options);
}
