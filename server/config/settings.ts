/**
 * Every setting, once: its flag, its environment variable, its value without either (03 sections 1.1 and 1.2, 00,
 * issue sections on flags). In the YAML file a setting is named as here, in snake case.
 */
import { NATIVE_EXTENSIONS } from '../wire/native-extensions.ts';
import {
  bool,
  filePath,
  host,
  hostList,
  httpUrl,
  jsonObject,
  listenAddress,
  oneOf,
  originList,
  port,
  secretText,
  someOf,
  text,
  wholeNumber,
} from './values.ts';
import type { Kind } from './values.ts';

/** Where a setting comes from. A flag wins over the variable, the variable over the file. */
export interface Setting<T> {
  readonly flag?: `--${string}`;
  readonly env?: `CANOPY_${string}` | 'CAN_PORT' | 'CAN_SYNC_PORT';
  readonly kind: Kind<T>;
  readonly fallback: T | null;
  /** One line for `--help`. */
  readonly help: string;
}

/** A setting with a value of its own when nobody says anything. */
function setting<const T>(fields: Setting<T> & { fallback: NoInfer<T> }): Setting<T> & { fallback: T } {
  return fields;
}

/** A setting that is null when nobody says anything. */
function optional<const T>(fields: Omit<Setting<T>, 'fallback'>): Setting<T> & { fallback: null } {
  return { ...fields, fallback: null };
}

/** Longest interval accepted, a year; beyond it a value is a slip of the finger. */
const MAX_SECONDS = 31_536_000;
/** A gibibyte per second: more than any pair sends. */
/** A chunk of a mebibyte has to arrive within half a minute (07 section 3.2). */
const MIN_CAN_BYTES_PER_S = 65_536;
const MAX_CAN_BYTES_PER_S = 10_000_000_000;
const MAX_RELAY_BYTES_PER_S = 1_073_741_824;
/** Largest count accepted; beyond it a value is a slip of the finger. */
const MAX_COUNT = 1_000_000;
/** A tebibyte; larger assets are a slip of the finger. */
const MAX_ASSET_SETTING = 1024 ** 4;
/** 07 section 1: 4 GiB. */
const DEFAULT_ASSET_BYTES = 4 * 1024 ** 3;
/** 07 section 3.3: what is shorter is found by trying. */
const MIN_PASSPHRASE = 12;

export const SETTINGS = {
  host: setting({
    flag: '--host',
    env: 'CANOPY_HOST',
    kind: host,
    fallback: '0.0.0.0',
    help: 'address of the web page and REST API',
  }),
  port: setting({
    flag: '--port',
    env: 'CANOPY_PORT',
    kind: port,
    fallback: 7770,
    help: 'port of page and API',
  }),
  meshHost: optional({
    flag: '--mesh-host',
    env: 'CANOPY_MESH_HOST',
    kind: host,
    help: 'address other nodes connect to; all interfaces, IPv4 and IPv6, when absent',
  }),
  meshPort: setting({
    flag: '--mesh-port',
    env: 'CANOPY_MESH_PORT',
    kind: port,
    fallback: 7771,
    help: 'port other nodes connect to',
  }),
  dataRoot: optional({
    flag: '--data-root',
    env: 'CANOPY_DATA_ROOT',
    kind: filePath,
    help: 'directory under which devices/<device id>/ is kept',
  }),
  advertise: optional({
    flag: '--advertise',
    env: 'CANOPY_ADVERTISE',
    kind: hostList,
    help: 'hosts named in invites instead of the addresses found, separated by commas',
  }),
  debug: setting({ flag: '--debug', env: 'CANOPY_DEBUG', kind: bool, fallback: false, help: 'log more' }),

  dataDir: optional({
    env: 'CANOPY_DATA_DIR',
    kind: filePath,
    help: 'the data directory itself, in place of devices/<device id>/',
  }),
  databasePath: optional({
    env: 'CANOPY_DATABASE_PATH',
    kind: filePath,
    help: 'the database file; identity and known peers stand beside it',
  }),
  secretKey: optional({ env: 'CANOPY_SECRET_KEY', kind: text, help: 'in place of secret_key.json' }),
  testing: setting({ env: 'CANOPY_TESTING', kind: bool, fallback: false, help: 'no maintenance jobs' }),

  disableMesh: setting({
    env: 'CANOPY_DISABLE_MESH',
    kind: bool,
    fallback: false,
    help: 'no connections to other nodes',
  }),
  disableMdns: setting({
    env: 'CANOPY_DISABLE_MDNS',
    kind: bool,
    fallback: false,
    help: 'no discovery on the LAN',
  }),
  allowLoopbackEndpoints: optional({
    env: 'CANOPY_ALLOW_LOOPBACK_ENDPOINTS',
    kind: bool,
    help: 'keep and announce loopback endpoints; by default when the mesh is bound to loopback',
  }),
  trustDefault: setting({
    env: 'CANOPY_TRUST_DEFAULT',
    kind: oneOf(['ask', 'open', 'manual']),
    fallback: 'ask',
    help: 'what happens to content of peers nobody decided about',
  }),
  // Deviation D-02: any other word ends the start.
  relayPolicy: optional({
    env: 'CANOPY_RELAY_POLICY',
    kind: oneOf(['off', 'broker_only', 'full_relay']),
    help: 'off, broker_only or full_relay; replaces the stored choice',
  }),
  relayPairBytesPerSecond: setting({
    env: 'CANOPY_RELAY_PAIR_BYTES_PER_S',
    kind: wholeNumber(1_024, MAX_RELAY_BYTES_PER_S),
    fallback: 2_097_152,
    help: 'what two others may send through this node, bytes per second',
  }),
  nativeExtensions: optional({
    env: 'CANOPY_NATIVE_EXTENSIONS',
    kind: someOf(NATIVE_EXTENSIONS),
    help: 'extensions offered to nodes of this program; without the first, none',
  }),
  allowUnverifiedRelayMessages: setting({
    env: 'CANOPY_ALLOW_UNVERIFIED_RELAY_MESSAGES',
    kind: bool,
    fallback: false,
    help: 'accept relayed messages of unknown signers',
  }),
  rejectProtocolMismatch: setting({
    env: 'CANOPY_REJECT_PROTOCOL_MISMATCH',
    kind: bool,
    fallback: false,
    help: 'refuse peers with another protocol version',
  }),
  memberSyncRetryMinSeconds: setting({
    env: 'CANOPY_MEMBER_SYNC_RETRY_MIN_SECONDS',
    kind: wholeNumber(0, MAX_SECONDS),
    fallback: 10,
    help: 'rest between attempts of a member sync',
  }),
  memberSyncRetryMaxAttempts: setting({
    env: 'CANOPY_MEMBER_SYNC_RETRY_MAX_ATTEMPTS',
    kind: wholeNumber(1, MAX_COUNT),
    fallback: 8,
    help: 'attempts of a member sync',
  }),

  canPort: optional({
    flag: '--can-port',
    env: 'CAN_PORT',
    kind: port,
    help: 'port of the asset store alone, for programs of this machine',
  }),
  canSyncPort: optional({
    flag: '--can-sync-port',
    env: 'CAN_SYNC_PORT',
    kind: port,
    help: 'port of the libraries alone, for programs of this machine',
  }),
  canHost: setting({
    flag: '--can-host',
    env: 'CANOPY_CAN_HOST',
    kind: host,
    fallback: '127.0.0.1',
    help: 'address of both; any but loopback asks for an API key',
  }),
  canAllowOrigin: optional({
    flag: '--can-allow-origin',
    env: 'CANOPY_CAN_ALLOW_ORIGIN',
    kind: originList,
    help: 'origins whose pages may call them',
  }),
  canMaxUp: optional({
    flag: '--can-max-up',
    env: 'CANOPY_CAN_MAX_UP',
    kind: wholeNumber(MIN_CAN_BYTES_PER_S, MAX_CAN_BYTES_PER_S),
    help: 'bytes of library content per second that this node gives',
  }),
  canMaxDown: optional({
    flag: '--can-max-down',
    env: 'CANOPY_CAN_MAX_DOWN',
    kind: wholeNumber(MIN_CAN_BYTES_PER_S, MAX_CAN_BYTES_PER_S),
    help: 'bytes of library content per second that this node takes',
  }),
  meshPassphrase: optional({
    flag: '--mesh-passphrase',
    env: 'CANOPY_MESH_PASSPHRASE',
    kind: secretText(MIN_PASSPHRASE),
    help: 'nodes with the same one meet and share a library; others of this machine see a flag, better use the variable',
  }),
  meshLibraryFilter: setting({
    flag: '--mesh-library-filter',
    env: 'CANOPY_MESH_LIBRARY_FILTER',
    kind: jsonObject,
    fallback: '{}',
    help: 'which assets that library holds, a JSON object; without it all',
  }),
  // The names of the second source document, for its configuration files (07 section 4).
  canServiceUrl: optional({
    kind: httpUrl,
    help: 'address of another asset service that this node keeps in step with',
  }),
  listenAddr: optional({ kind: listenAddress, help: 'address and port of the libraries' }),
  relayUrl: optional({ kind: text, help: 'accepted, has no effect' }),
  pollIntervalSecs: setting({
    kind: wholeNumber(1, MAX_SECONDS),
    fallback: 5,
    help: 'how often another asset service is asked for what is new',
  }),
  fullScanIntervalSecs: setting({
    kind: wholeNumber(1, MAX_SECONDS),
    fallback: 300,
    help: 'how often all assets are looked at',
  }),
  syncApiKey: optional({
    kind: secretText(1),
    help: 'a further key, good on the extra ports; shown to the service of can_service_url when it asks',
  }),
  canMaxBytes: setting({
    env: 'CANOPY_CAN_MAX_BYTES',
    kind: wholeNumber(1, MAX_ASSET_SETTING),
    fallback: DEFAULT_ASSET_BYTES,
    help: 'largest asset taken, bytes',
  }),
  canEncrypt: setting({
    env: 'CANOPY_CAN_ENCRYPT',
    kind: bool,
    fallback: false,
    help: 'encrypt the bytes of assets on the disk from now on',
  }),

  rateLimits: setting({
    env: 'CANOPY_RATE_LIMITS',
    kind: oneOf(['default', 'reference', 'off']),
    fallback: 'default',
    help: 'limits of the REST API; off only when bound to loopback',
  }),
  retryAfterSeconds: setting({
    env: 'CANOPY_RETRY_AFTER_SECONDS',
    kind: wholeNumber(1, MAX_SECONDS, 'least'),
    fallback: 1,
    help: 'Retry-After of 429 answers',
  }),
  allowedHosts: optional({
    env: 'CANOPY_ALLOWED_HOSTS',
    kind: hostList,
    help: 'further names under which the page may be reached',
  }),
  sessionCookieSecure: setting({
    env: 'CANOPY_SESSION_COOKIE_SECURE',
    kind: bool,
    fallback: false,
    help: 'session cookie over TLS only',
  }),
  autoApproveAgents: setting({
    env: 'CANOPY_AUTO_APPROVE_AGENTS',
    kind: bool,
    fallback: false,
    help: 'accounts registered by API are active at once',
  }),
  adminClaimSecret: optional({
    env: 'CANOPY_ADMIN_CLAIM_SECRET',
    kind: text,
    help: 'lets a signed-in person who knows it become owner',
  }),
  maintenanceIntervalSeconds: setting({
    env: 'CANOPY_MAINTENANCE_INTERVAL_SECONDS',
    kind: wholeNumber(300, MAX_SECONDS, 'least'),
    fallback: 900,
    help: 'how often expired content is removed',
  }),
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;

/** All settings, checked and frozen. */
export type Config = {
  readonly [Name in SettingName]:
    | (Settings[Name]['kind'] extends Kind<infer T> ? T : never)
    | (Settings[Name]['fallback'] extends null ? null : never);
};

/** `mesh_host` for `meshHost`. */
export function fileKey(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
