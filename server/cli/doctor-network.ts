/** What the doctor sees of the network: own ports and addresses, multicast, the endpoints of known peers (01 sections 1.3, 2.5, 3). */
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { isLoopbackHost } from '../config/values.ts';
import type { StoredPeer } from '../identity/known-peers-file.ts';
import { orderAddresses } from '../ports/addresses.ts';
import { parseEndpoint } from '../wire/endpoint.ts';
import { SERVICE_TYPE } from '../wire/mdns.ts';
import { failure, ok, warning } from './doctor-checks.ts';
import type { Check } from './doctor-checks.ts';
import { tryConnect, tryListen, tryMulticast } from './probes.ts';
import type { Reached } from './probes.ts';

/** A peer that takes longer is as good as away for a person who waits. */
const CONNECT_LIMIT_MS = 2_000;
const MULTICAST_LIMIT_MS = 2_000;
/** Peers looked at: enough to see what is wrong; each may have several endpoints. */
const MAX_PEERS = 32;
const MAX_ENDPOINTS_PER_PEER = 8;

/** Hosts that stand for every address. */
const ANYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

interface Port {
  name: string;
  host: string | null;
  port: number;
  flag: string;
}

/** The listeners: there when the node runs, free to take when it does not. */
export function checkPorts(config: Config, running: boolean): Promise<Check[]> {
  const ports: Port[] = [{ name: 'Page and API', host: config.host, port: config.port, flag: '--port' }];
  if (!config.disableMesh)
    ports.push({ name: 'Mesh', host: config.meshHost, port: config.meshPort, flag: '--mesh-port' });
  return Promise.all(ports.map((port) => (running ? checkListening(port) : checkFree(port))));
}

async function checkListening({ name, host, port, flag }: Port): Promise<Check> {
  const anywhere = host === null || ANYWHERE.has(host);
  const reached = await tryConnect(anywhere ? '127.0.0.1' : host, port, CONNECT_LIMIT_MS);
  const label = `${name} port ${port}`;
  if (reached === 'open') return ok(label, 'the running node listens');
  return warning(
    label,
    `a node runs, but this port does not answer (${reached})`,
    `Give the doctor the flags the node was started with (${flag}), or look into its logs.`,
  );
}

async function checkFree({ name, host, port, flag }: Port): Promise<Check> {
  const label = `${name} port ${port}`;
  const code = await tryListen(host, port);
  switch (code) {
    case null:
      return ok(label, 'free');
    case 'EADDRINUSE':
      return failure(
        label,
        'in use by another program',
        `Stop what uses it (lsof -i :${port}), or choose another with ${flag}.`,
      );
    case 'EACCES':
      return failure(label, 'needs more rights', `Choose a port above 1023 with ${flag}.`);
    default:
      return failure(
        label,
        `cannot listen on ${host ?? 'all addresses'} (${code})`,
        'Name an address of this machine.',
      );
  }
}

/** The addresses that stand in invites. */
export function checkAddresses(config: Config, interfaces = networkInterfaces()): Check {
  const name = 'Addresses';
  if (config.advertise !== null) return ok(name, `announced: ${config.advertise.join(', ')}`);
  const { meshHost } = config;
  if (meshHost !== null && isLoopbackHost(meshHost))
    return ok(name, `${meshHost} only: nobody outside this machine can connect (--mesh-host)`);
  if (meshHost !== null && !ANYWHERE.has(meshHost)) return ok(name, `${meshHost} only (--mesh-host)`);
  const addresses = orderAddresses(interfaces, null);
  if (addresses.length > 0) return ok(name, addresses.join(', '));
  return warning(
    name,
    'no address that others could reach',
    'Connect this machine to a network or VPN, or name an address with --advertise.',
  );
}

/** Whether the LAN can be heard at all. */
export async function checkMulticast(config: Config): Promise<Check> {
  const name = 'LAN discovery (mDNS)';
  if (config.disableMdns || config.disableMesh) return ok(name, 'switched off');
  const trouble = await tryMulticast(SERVICE_TYPE, MULTICAST_LIMIT_MS);
  if (trouble === null) return ok(name, 'UDP 5353 can be used');
  return warning(
    name,
    trouble,
    'Open UDP 5353 in the firewall. Both machines must be on the same LAN or subnet.',
    'Some routers block mDNS: use invite codes instead.',
  );
}

/** Whether each known peer can be reached at one of its endpoints. */
export async function checkPeers(peers: readonly StoredPeer[]): Promise<Check[]> {
  const checks = await Promise.all(peers.slice(0, MAX_PEERS).map(checkPeer));
  if (peers.length <= MAX_PEERS) return checks;
  return [...checks, ok('Known peers', `${peers.length - MAX_PEERS} more were not looked at`)];
}

async function checkPeer(peer: StoredPeer): Promise<Check> {
  const name = `Peer ${peer.displayName === '' ? peer.peerId : `${peer.displayName} (${peer.peerId})`}`;
  const endpoints = peer.endpoints.slice(0, MAX_ENDPOINTS_PER_PEER).flatMap((endpoint) => {
    const parsed = parseEndpoint(endpoint);
    return parsed === null ? [] : [{ endpoint, ...parsed }];
  });
  const [first] = endpoints;
  if (first === undefined)
    return warning(
      name,
      'no endpoint is known',
      'Import a fresh invite code of that node, or wait until it is seen on the LAN.',
    );
  const results = await Promise.all(
    endpoints.map(async ({ endpoint, host, port }) => ({
      endpoint,
      reached: await tryConnect(host, port, CONNECT_LIMIT_MS),
    })),
  );
  const open = results.find(({ reached }) => reached === 'open');
  if (open !== undefined) return ok(name, `answers at ${open.endpoint}`);
  return warning(
    name,
    `could not connect to any endpoint: ${results.map(({ endpoint, reached }) => `${endpoint} ${reached}`).join(', ')}`,
    ...adviceFor(
      first,
      results.map(({ reached }) => reached),
    ),
  );
}

function adviceFor({ host, port }: { host: string; port: number }, results: readonly Reached[]): string[] {
  const advice = ['Is Canopy actually running on the other machine?'];
  if (results.includes('unknown name')) advice.push(`Does the name ${host} still exist?`);
  advice.push(
    `Can you reach it (ping ${host}), and its mesh port (nc -zv ${host} ${port})?`,
    `TCP ${port} must be open inbound in its firewall; over the internet, forwarded by its router.`,
  );
  return advice;
}
