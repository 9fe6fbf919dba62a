/** What `GET /api/v1/node` says, in words (05 section 10.15, K-2). */
import { counted } from './numbers.ts';
import { bytesText } from './relay.ts';

/** The answer. */
export interface NodeInfo {
  version: string;
  node_version: string;
  platform: string;
  peer_id: string | null;
  started_at: string;
  uptime_seconds: number;
  http_port: number;
  mesh_running: boolean;
  mesh_port: number;
  extensions: readonly string[];
  /** Only for the owner. */
  data_directory: string | null;
  /** Another service that assets are exchanged with; only for the owner. */
  asset_service: { url: string; reachable: boolean; problem: string | null } | null;
  disk_free_bytes: number | null;
  database: {
    bytes: number;
    mode: 'full' | 'reference';
    /** Another waits for the next start. */
    import_waiting: boolean;
    channel_messages: number;
    direct_messages: number;
  };
  files: { count: number; bytes: number };
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `3 days, 2 hours`; the two largest units. */
export function durationText(seconds: number): string {
  const units: [number, 'day' | 'hour' | 'minute'][] = [
    [Math.floor(seconds / DAY), 'day'],
    [Math.floor((seconds % DAY) / HOUR), 'hour'],
    [Math.floor((seconds % HOUR) / MINUTE), 'minute'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  if (first < 0) return 'less than a minute';
  const told = units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) =>
      new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
    );
  return new Intl.ListFormat(undefined, { type: 'unit' }).format(told);
}

/** What a cleanup did. */
export function cleanedWords(messages: number, files: number): string {
  if (messages + files === 0) return 'Nothing had expired.';
  const kept = counted(files, 'file', 'files');
  return `Removed ${messages.toLocaleString()} expired and ${kept} nobody refers to.`;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  secure_session_v1: 'encrypted sessions',
  delivery_v1: 'confirmed delivery',
  reconcile_v1: 'catching up by comparing',
  library_v1: 'shared libraries',
};

/** What this node is, line by line. Nothing of it is secret: it is made to be passed on. */
export function nodeFacts(
  info: NodeInfo,
  place: { origin: string; addresses: readonly string[] },
): [string, string][] {
  const facts: [string, string | null][] = [
    ['Version', `${info.version}, on Node.js ${info.node_version} (${info.platform})`],
    ['Peer ID', info.peer_id ?? 'none'],
    ['Page and API', `${place.origin}, port ${info.http_port}`],
    ['Mesh', info.mesh_running ? `port ${info.mesh_port}` : 'not running; the log says why'],
    ['Addresses', place.addresses.length === 0 ? 'none' : place.addresses.join(', ')],
    ['Running for', durationText(info.uptime_seconds)],
    ['Data directory', info.data_directory],
    ['Free on its disk', info.disk_free_bytes === null ? null : bytesText(info.disk_free_bytes)],
    ['Database', `open, ${bytesText(info.database.bytes)}, ${restWords(info.database.mode)}`],
    ['Asset service', info.asset_service && serviceWords(info.asset_service)],
    [
      'Extensions',
      info.extensions.length === 0
        ? 'none'
        : info.extensions.map((name) => EXTENSIONS[name] ?? name).join(', '),
    ],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

function serviceWords({ url, reachable, problem }: NonNullable<NodeInfo['asset_service']>): string {
  return `${url}: ${problem ?? (reachable ? 'answers' : 'does not answer')}`;
}

/** How what people wrote lies on the disk (03 section 2.6). */
export function restWords(mode: 'full' | 'reference'): string {
  return mode === 'full'
    ? 'everything people wrote is encrypted on the disk'
    : 'direct messages and posts are encrypted on the disk, channels and files are not';
}
