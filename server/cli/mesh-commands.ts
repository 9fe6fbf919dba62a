/** `canopy invite | import | peers | status`: the mesh without a browser (04 sections 3.3 and 3.4). */
import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { nativeCrypto } from '../crypto/native.ts';
import { parseIdentityFile } from '../identity/node-identity.ts';
import { parseKnownPeers } from '../identity/known-peers-file.ts';
import type { StoredPeer } from '../identity/known-peers-file.ts';
import { StoreReader } from '../store/reader.ts';
import type { PeerId } from '../wire/ids.ts';
import type { DataPaths } from '../config/data-directory.ts';
import type { Context, Outcome } from './context.ts';
import { CliError } from './errors.ts';
import { count, table } from './format.ts';
import { keyClient, openClient } from './rest-client.ts';
import { accountRows, noData } from './stopped-node.ts';

const inviteSchema = z.object({
  invite_code: z.string(),
  peer_id: z.string(),
  endpoints: z.array(z.string()),
});
const importSchema = z.looseObject({
  peer_id: z.string(),
  status: z.string(),
  connected_endpoint: z.string().optional(),
  message: z.string().optional(),
});
const peersSchema = z.object({
  connected_peer_details: z.array(
    z.object({
      peer_id: z.string(),
      display_name: z.string().nullable(),
      canopy_version: z.string().nullable(),
    }),
  ),
  discovered_peers: z.array(z.looseObject({ peer_id: z.string(), display_name: z.string().nullable() })),
  links: z.array(z.object({ peer_id: z.string(), protection: z.string(), via: z.string().nullable() })),
});
const statusSchema = z.object({
  running: z.boolean(),
  peer_id: z.string().nullable(),
  canopy_version: z.string(),
  connected_peers: z.number(),
  discovered_peers: z.number(),
  relay_policy: z.string(),
});

/** `invite`: this node's code, the code alone on the first line. */
export async function showInvite(context: Context): Promise<Outcome> {
  const query = new URLSearchParams();
  const asked = [
    ['public_host', context.options.get('--public-host')],
    ['public_port', context.options.get('--public-port')],
    ['external_endpoint', context.options.get('--external-endpoint')],
  ] as const;
  for (const [name, value] of asked) if (value !== undefined) query.set(name, value);
  const invite = await keyClient(context).call('GET', `/p2p/invite?${query.toString()}`, inviteSchema);
  const where = invite.endpoints.length === 0 ? 'no address others can reach' : invite.endpoints.join(', ');
  return { text: `${invite.invite_code}\nleads to ${where}`, json: invite };
}

/** `import CODE`: consents to a peer and connects; ends with exit code 1 when nobody answered. */
export async function importInvite(context: Context): Promise<Outcome> {
  const [code = ''] = context.words;
  const result = await keyClient(context).call('POST', '/p2p/invite/import', importSchema, {
    invite_code: code,
  });
  const connected = result.status === 'connected';
  return {
    text: connected
      ? `Connected with ${result.peer_id} at ${result.connected_endpoint ?? ''}.`
      : (result.message ?? `Peer ${result.peer_id}: ${result.status}.`),
    json: result,
    ok: connected,
  };
}

/** `peers`: who is connected and seen; while no node runs, who is known. */
export async function listPeers(context: Context): Promise<Outcome> {
  if (!context.running && !context.options.has('--url')) return listKnownPeers(context);
  const peers = await keyClient(context).call('GET', '/p2p/peers', peersSchema);
  const protection = new Map(peers.links.map((link) => [link.peer_id, link]));
  const names = new Map(peers.connected_peer_details.map((peer) => [peer.peer_id, peer]));
  const rows = [...protection.values()].map((link) => [
    names.get(link.peer_id)?.display_name ?? '–',
    link.via === null ? `connected, ${link.protection}` : `through ${link.via}, ${link.protection}`,
    names.get(link.peer_id)?.canopy_version ?? '–',
    link.peer_id,
  ]);
  for (const peer of peers.discovered_peers)
    if (!protection.has(peer.peer_id))
      rows.push([peer.display_name ?? '–', 'seen on the LAN', '–', peer.peer_id]);
  return {
    text: rows.length === 0 ? 'No peers.' : table([['NAME', 'STATE', 'VERSION', 'PEER'], ...rows]),
    json: peers,
  };
}

function listKnownPeers({ paths }: Context): Outcome {
  const peers = paths === null ? [] : knownPeers(paths);
  const rows = peers.map((peer) => [
    peer.displayName === '' ? '–' : peer.displayName,
    peer.peerId,
    peer.endpoints.join(' '),
  ]);
  return {
    text: [
      'No node is running; it knows these peers:',
      rows.length === 0 ? 'none yet' : table([['NAME', 'PEER', 'ENDPOINTS'], ...rows]),
    ].join('\n'),
    json: {
      running: false,
      known_peers: peers.map((peer) => ({
        peer_id: peer.peerId,
        display_name: peer.displayName,
        endpoints: peer.endpoints,
      })),
    },
  };
}

/** `status`: whether a node runs here, and what anybody may ask it. */
export async function showStatus(context: Context): Promise<Outcome> {
  const { paths, machine } = context;
  if (!context.running && !context.options.has('--url')) {
    if (paths === null || !existsSync(paths.databaseFile)) throw noData(paths);
    const peerId = ownPeerId(paths);
    const accounts = accountCount(paths);
    return {
      text: table([
        ['Node', 'not running; "npm start" starts it'],
        ['Data', paths.directory],
        ['Peer', peerId ?? 'no identity yet'],
        ['Accounts', String(accounts)],
        ['Known peers', String(knownPeers(paths).length)],
        ['Version', machine.version],
      ]),
      json: {
        running: false,
        data_directory: paths.directory,
        peer_id: peerId,
        accounts,
        known_peers: knownPeers(paths).length,
        canopy_version: machine.version,
      },
    };
  }
  const client = openClient(context);
  const status = await client.call('GET', '/p2p/status', statusSchema);
  return {
    text: table([
      ['Node', `running at ${client.url}, version ${status.canopy_version}`],
      ...(context.running && paths !== null ? [['Data', paths.directory]] : []),
      ['Mesh', status.running ? 'running' : 'off'],
      ['Peer', status.peer_id ?? '–'],
      ['Connected', count(status.connected_peers, 'peer')],
      ['Discovered', count(status.discovered_peers, 'peer')],
      ['Relay', status.relay_policy],
    ]),
    json: {
      ...status,
      running: true,
      mesh_running: status.running,
      url: client.url,
      data_directory: context.running ? (paths?.directory ?? null) : null,
    },
  };
}

/** This node's id from its identity file; null when there is none. @throws {CliError} `file` when it cannot be used. */
export function ownPeerId(paths: DataPaths): PeerId | null {
  if (!existsSync(paths.identityFile)) return null;
  try {
    return parseIdentityFile(readFileSync(paths.identityFile, 'utf8'), nativeCrypto).peerId;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('file', `The identity file ${paths.identityFile} cannot be used: ${reason}`);
  }
}

/** Who stands in `known_peers.json`; nobody when the file is missing or damaged. */
export function knownPeers(paths: DataPaths): StoredPeer[] {
  if (!existsSync(paths.knownPeersFile)) return [];
  const self = ownPeerId(paths) ?? ('' as PeerId);
  return parseKnownPeers(readFileSync(paths.knownPeersFile, 'utf8'), nativeCrypto, self)?.peers ?? [];
}

function accountCount(paths: DataPaths): number {
  const reader = new StoreReader(paths.databaseFile);
  try {
    return accountRows(reader.sql).withPassword().length;
  } finally {
    reader.close();
  }
}
