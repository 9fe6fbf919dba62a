/** What this node itself knows about why it does not connect, for the Help page (issue 6; 05 section 10.3, S-6): facts in, sentences out. */
import type { DiagnosticsAnswer, NetworkStatus } from '../api/types.ts';
import { dialWords } from './dial-words.ts';

/** One look. */
export interface Finding {
  name: string;
  fine: boolean;
  found: string;
  /** What to try when it is not fine. */
  remedy: string | null;
}

/** What the node said, and what the page sees. */
export interface HelpFacts {
  status: NetworkStatus | null;
  diagnostics: DiagnosticsAnswer | null;
  reachable: number;
  waiting: number;
  /** Devices seen on the own network. */
  discovered: number;
  nameOf: (peerId: string) => string;
}

/** Hosts nobody outside the own network or VPN reaches (RFC 1918, 4193, 6598, link-local, loopback). */
const PRIVATE =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|localhost$|::1$|f[cd]|fe[89ab])/iu;

/** Whether an endpoint can be reached only from the own network. */
export function isPrivate(endpoint: string): boolean {
  const host = /^wss?:\/\/(?:\[([^\]]+)\]|([^:/]+))/u.exec(endpoint);
  return PRIVATE.test(host?.[1] ?? host?.[2] ?? '');
}

const FAILURES = 3;

/** Everything the node knows, in the order in which to look. */
export function findings(facts: HelpFacts): Finding[] {
  const { status, diagnostics } = facts;
  if (status === null || diagnostics === null) return [];
  const { local, recent_failures: failures } = diagnostics;
  const list: Finding[] = [];
  const add = (name: string, fine: boolean, found: string, remedy: string | null = null): void => {
    list.push({ name, fine, found, remedy: fine ? null : remedy });
  };
  if (!status.running) {
    add(
      'Mesh',
      false,
      'The mesh is not running on this node.',
      'The log says why. Another program may use its port, or it was switched off when the node was started.',
    );
    return list;
  }
  add('Mesh', true, `It listens on TCP port ${local.mesh_port}.`);
  const open = local.endpoints.filter((endpoint) => !isPrivate(endpoint));
  if (local.endpoints.length === 0)
    add(
      'Addresses',
      false,
      'This node found no address of its own.',
      'Is the machine on a network? If so, enter its address under Public IP on Connect.',
    );
  else if (open.length === 0)
    add(
      'Addresses',
      false,
      `Only devices on the same network or VPN reach it: ${local.endpoints.join(', ')}.`,
      `That is all it needs there. To be reached from elsewhere, forward TCP port ${local.mesh_port} on the router and enter the public address under Public IP on Connect.`,
    );
  else add('Addresses', true, `It can be reached at ${open.join(', ')}, if no firewall is in the way.`);
  add(
    'Own network',
    facts.discovered > 0 || facts.reachable > 0,
    facts.discovered === 0 ? 'No other device was found by itself.' : `${facts.discovered} found by itself.`,
    'Some routers keep devices from finding each other, wireless ones above all. An invite code works all the same.',
  );
  if (facts.waiting > 0)
    add(
      'Requests',
      false,
      `${facts.waiting} waiting.`,
      'The owner of this node accepts them on Connect. Until then nothing goes either way.',
    );
  add(
    'Peers',
    facts.reachable > 0,
    facts.reachable === 0 ? 'Nobody is connected.' : `${facts.reachable} connected.`,
    'Import an invite on Connect, or connect a device that was found.',
  );
  for (const failure of latest(failures)) {
    const { what, remedy } = dialWords(failure.reason);
    add('Last attempt', false, `${facts.nameOf(failure.peer_id)} at ${failure.endpoint}: ${what}.`, remedy);
  }
  return list;
}

/** The newest failure of each address. */
function latest(failures: DiagnosticsAnswer['recent_failures']): DiagnosticsAnswer['recent_failures'] {
  const newest = new Map<string, DiagnosticsAnswer['recent_failures'][number]>();
  for (const failure of failures) if (!newest.has(failure.endpoint)) newest.set(failure.endpoint, failure);
  return [...newest.values()].slice(0, FAILURES);
}
