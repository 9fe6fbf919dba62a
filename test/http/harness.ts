/**
 * A real HTTP server on loopback over a real workspace in memory, without a mesh unless a test hands one in. Each
 * harness is a node of its own; `close` ends it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { HttpComponents, HttpOptions, MeshParts } from '../../server/http/components.ts';
import type { RegisteredRoute } from '../../server/http/routes.ts';
import { HttpServer } from '../../server/http/server.ts';
import { KeptPublicAddress } from '../../server/identity/public-address.ts';
import type { RelayPolicy } from '../../server/identity/relay-settings.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { KnownPeers } from '../../server/identity/known-peers.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';
import { AssetFiles } from '../../server/libraries/assets/asset-files.ts';
import { AssetStore } from '../../server/libraries/assets/asset-store.ts';
import { AssetThumbnails } from '../../server/libraries/assets/thumbnails.ts';
import { Mesh } from '../../server/mesh/mesh.ts';
import { storedPins } from '../../server/mesh/secure/pins.ts';
import { systemPorts } from '../../server/ports/system.ts';
import type { Store } from '../../server/store/database.ts';
import { DatabaseTransfer } from '../../server/store/database-transfer.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import type { Ports } from '../../server/ports/types.ts';
import { DiskFileBytes } from '../../server/store/file-bytes.ts';
import { createRepositories, type Repositories } from '../../server/store/repositories.ts';
import { admission } from '../../server/sync/admission.ts';
import { ourVersion } from '../../server/sync/our-nodes.ts';
import { Sync } from '../../server/sync/sync.ts';
import type { Sql } from '../../server/store/sql.ts';
import { storageMode } from '../../server/store/storage-mode.ts';
import { Vault } from '../../server/store/vault.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog, type Log } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import { Workspace } from '../../server/workspace/workspace.ts';
import { OUR_CAPABILITIES } from '../sim/node.ts';
import type { DeviceCard } from '../../server/workspace/types.ts';
import { Described } from './described.ts';

export const PASSWORD = 'Passw0rd!x';

export interface TestAnswer {
  status: number;
  headers: Headers;
  /** Parsed JSON; `{}` for anything else. */
  json: Record<string, unknown>;
  text: string;
}

export interface CallInit {
  key?: string | undefined;
  session?: Session | undefined;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** A signed-in browser. */
export interface Session {
  cookie: string;
  csrf: string;
}

export interface Harness {
  url: string;
  components: HttpComponents;
  /** Every route the server registered. */
  routes: readonly RegisteredRoute[];
  /** The database, for what no part of the program does. */
  sql: Sql;
  repositories: Repositories;
  /** Where it keeps files. */
  folder: string;
  call(method: string, path: string, init?: CallInit): Promise<TestAnswer>;
  /** Creates the owner and signs in. */
  setUp(username?: string): Promise<Session>;
  /** A key of a user with these permissions. */
  key(userId: string, permissions: string[]): string;
  close(): Promise<void>;
}

/** Starts a node's HTTP surface on a free loopback port. */
export async function startHarness(
  init: { options?: Partial<HttpOptions>; mesh?: boolean; log?: Log } = {},
): Promise<Harness> {
  const ports = systemPorts();
  const bus = new EventBus((error) => {
    throw error;
  });
  const identity = createNodeIdentity(ports.random, nativeCrypto);
  const store = openMemoryDatabase({ ports, log: silentLog });
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: ports.random },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const vault = new Vault(cipher, { mode: storageMode(store.sql) });
  const repositories = createRepositories({ sql: store.sql, vault, random: ports.random });
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-http-'));
  const bytes = new DiskFileBytes({ directory: path.join(folder, 'files'), sealing: vault.files() });
  const workspace = new Workspace(
    { store, repositories, ports, crypto: nativeCrypto, bus, bytes },
    {
      secretKey: '00'.repeat(32),
      autoApproveAgents: false,
      localPeer: identity.peerId,
      trustDefault: 'ask',
      maintenanceIntervalMs: 3_600_000,
    },
  );
  const assetFiles = new AssetFiles(
    { sealing: vault.sealing() },
    { directory: path.join(folder, 'assets'), seals: false },
  );
  const assets = new AssetStore(
    {
      rows: repositories.assets,
      commit: store.commit,
      files: assetFiles,
      clock: ports.clock,
      bus,
      log: silentLog,
    },
    { peerId: identity.peerId, maxBytes: 8 * 1024 * 1024 },
  );
  await assets.start();
  const parts =
    init.mesh === true ? await startMesh({ ports, bus, identity, workspace, repositories, store }) : null;
  let policy: RelayPolicy = 'broker_only';
  const card: DeviceCard = { displayName: 'test-host', description: '', avatarB64: '', avatarMime: '' };
  const components: HttpComponents = {
    ports,
    crypto: nativeCrypto,
    bus,
    log: init.log ?? silentLog,
    workspace,
    identity,
    mesh: parts,
    relay: {
      get policy() {
        return policy;
      },
      fromEnvironment: false,
      set: (next) => {
        policy = next;
        if (parts !== null) parts.mesh.relays.policy = next;
      },
    },
    publicAddress: new KeptPublicAddress(path.join(folder, 'public_address.json')),
    device: {
      deviceId: 'abcd1234',
      card: () => card,
      update: (changes) => {
        Object.assign(card, changes);
        bus.publish({ type: 'profile.local', userId: null });
      },
    },
    statistics: repositories.statistics,
    database: new DatabaseTransfer({ store, vault }, { file: path.join(folder, 'canopy.db') }),
    libraries: null,
    assets: { store: assets, thumbnails: new AssetThumbnails({ store: assets, files: assetFiles }) },
  };
  const server = new HttpServer(components, {
    host: '127.0.0.1',
    port: 0,
    version: '9.9.9',
    webRoot: null,
    meshPort: 7771,
    advertise: [],
    allowedHosts: [],
    machineName: 'test-host',
    rateLimits: 'off',
    retryAfterSeconds: 1,
    secureCookie: false,
    allowLoopback: true,
    allowUnverifiedRelay: false,
    ...init.options,
  });
  await server.start();
  const url = `http://127.0.0.1:${server.port}`;
  const described = new Described(server.routes);
  const call = async (method: string, path: string, callInit: CallInit = {}): Promise<TestAnswer> => {
    const answer = await send(url, method, path, callInit);
    described.check({
      method,
      path: path.split('?', 1)[0] ?? '',
      sent: callInit.body,
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      json: answer.json,
    });
    return answer;
  };
  return {
    url,
    components,
    routes: server.routes,
    sql: store.sql,
    repositories,
    folder,
    call,
    setUp: async (username = 'owner') => {
      const answer = await call('POST', '/setup', {
        body: { username, password: PASSWORD, password_confirm: PASSWORD },
      });
      return sessionOf(answer);
    },
    key: (userId, permissions) => {
      const account = workspace.accounts.owner();
      const id =
        userId === 'owner' && account !== null ? account.id : (userId as NonNullable<typeof account>['id']);
      return workspace.apiKeys.create(id, { permissions }).key;
    },
    close: async () => {
      await server.stop();
      await parts?.mesh.stop();
      await parts?.sync.stop();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A mesh on a free loopback port, with everything that keeps two workspaces equal. */
async function startMesh(from: {
  ports: Ports;
  bus: EventBus;
  identity: NodeIdentity;
  workspace: Workspace;
  repositories: Repositories;
  store: Store;
}): Promise<MeshParts> {
  const { ports, bus, identity, workspace, repositories } = from;
  const saver = new Saver({ timers: ports.timers, save: () => undefined, failed: () => undefined });
  const knownPeers = new KnownPeers(
    { crypto: nativeCrypto, saver },
    { localPeerId: identity.peerId, allowLoopback: true },
  );
  const mesh = new Mesh(
    {
      ports,
      crypto: nativeCrypto,
      identity,
      knownPeers,
      bus,
      log: silentLog,
      admission: admission(workspace),
      pins: storedPins(from.store, repositories.peerSecurity),
    },
    {
      host: '127.0.0.1',
      port: 0,
      canopyVersion: ourVersion('9.9.9'),
      capabilities: OUR_CAPABILITIES,
      allowLoopback: true,
      rejectProtocolMismatch: false,
      allowUnverifiedRelay: false,
      advertise: null,
      discovery: false,
      relayPolicy: 'broker_only',
    },
  );
  const ownDevice = () => ({
    deviceId: 'abcd1234',
    displayName: 'dev',
    description: '',
    avatarB64: '',
    avatarMime: '',
  });
  const sync = new Sync({
    mesh,
    workspace,
    repositories,
    knownPeers,
    identity,
    crypto: nativeCrypto,
    ports,
    bus,
    log: silentLog,
    ownDevice,
  });
  sync.start();
  await mesh.start();
  return { mesh, sync, knownPeers };
}

/** Tries until `probe` answers something else than undefined and false. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: did not happen`);
}

/** The session an account answer started. */
export function sessionOf(answer: TestAnswer): Session {
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('session=')) ?? '';
  return { cookie: cookie.split(';', 1)[0] ?? '', csrf: String(answer.json['csrf_token']) };
}

async function send(url: string, method: string, path: string, init: CallInit): Promise<TestAnswer> {
  const headers: Record<string, string> = {};
  if (init.key !== undefined) headers['X-API-Key'] = init.key;
  if (init.session !== undefined) {
    headers['Cookie'] = init.session.cookie;
    if (method !== 'GET') headers['X-CSRFToken'] = init.session.csrf;
  }
  if (init.body !== undefined) headers['Content-Type'] = 'application/json';
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...init.headers },
    ...(init.body === undefined
      ? {}
      : { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: parse(text), text };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
