/**
 * The whole node: builds every part in order and stops them in reverse. The one place that knows all parts, and the
 * one that hands in the real clock, timers, randomness, sockets and files (08 section 2).
 *
 * Order: data directory, database (which also locks the directory), identity, key of the vault, workspace, mesh, sync,
 * HTTP. Nothing listens before everything that would answer is there.
 */
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import type { Config } from './config/config.ts';
import { openDataDirectory } from './config/data-directory.ts';
import type { DataDirectory } from './config/data-directory.ts';
import { OwnDevice } from './config/own-device.ts';
import { isLoopbackHost } from './config/values.ts';
import { nativeCrypto, verifyBeside } from './crypto/native.ts';
import { canRoutes } from './http/api/can.ts';
import { openLibraryRoutes, type LibraryParts } from './http/api/libraries.ts';
import { externalServiceUrl, extraPorts } from './http/extra-ports.ts';
import { HttpServer } from './http/server.ts';
import { httpOptions } from './http/options.ts';
import { writeFileAtomic } from './identity/atomic-file.ts';
import { KnownPeers } from './identity/known-peers.ts';
import { loadOrCreateNodeIdentity } from './identity/node-identity.ts';
import type { NodeIdentity } from './identity/node-identity.ts';
import { KeptPublicAddress } from './identity/public-address.ts';
import { RelaySettings } from './identity/relay-settings.ts';
import { AssetFiles } from './libraries/assets/asset-files.ts';
import { assembleLibraries } from './libraries/assembly.ts';
import { AssetStore } from './libraries/assets/asset-store.ts';
import { AssetThumbnails } from './libraries/assets/thumbnails.ts';
import { CanService } from './libraries/external/can-service.ts';
import { ExternalService } from './libraries/external/external-service.ts';
import type { Answer, Question } from './mesh/large/answering.ts';
import { Mesh } from './mesh/mesh.ts';
import { storedPins } from './mesh/secure/pins.ts';
import { BackgroundThread } from './ports/background.ts';
import { systemPorts } from './ports/system.ts';
import type { Ports } from './ports/types.ts';
import { openDatabase } from './store/database.ts';
import { DatabaseTransfer } from './store/database-transfer.ts';
import { isDiskTrouble } from './store/disk-trouble.ts';
import type { Store } from './store/database.ts';
import { DiskFileBytes } from './store/file-bytes.ts';
import { createRepositories } from './store/repositories.ts';
import { storageMode } from './store/storage-mode.ts';
import { Vault } from './store/vault.ts';
import { admission } from './sync/admission.ts';
import { Sync } from './sync/sync.ts';
import { ourVersion } from './sync/our-nodes.ts';
import { EventBus } from './telemetry/bus.ts';
import type { Log } from './telemetry/log.ts';
import { newestLogFile, openLogFiles } from './telemetry/log-files.ts';
import { createLog } from './telemetry/pino-log.ts';
import { AtRestCipher } from './wire/at-rest.ts';
import { OWN_CAPABILITIES } from './wire/message-types.ts';
import { offeredExtensions } from './wire/native-extensions.ts';
import { Workspace } from './workspace/workspace.ts';

/** A node that runs. */
export interface RunningNode {
  readonly version: string;
  /** Where a browser on this machine finds the page. */
  readonly url: string;
  /** The mesh in a few words, for the greeting. */
  readonly meshLine: string;
  readonly dataFolder: string;
  /**
   * Takes an error that nobody caught. When the disk took nothing the node goes on: what was begun is rolled back, and
   * the next round does it.
   * @returns false for a fault of the program, after which nothing is certain.
   */
  survives(error: unknown): boolean;
  /** Stops everything in reverse order; a second call waits for the first. */
  stop(): Promise<void>;
}

/** Where the program and its built page lie. */
export interface ProgramPlaces {
  programFolder: string;
  webFolder: string;
}

/** The thread for large frames, in a build beside this file; the sources read them in place. */
const FRAME_WORKER = new URL('./frame-worker.js', import.meta.url);
const IS_BUILD = import.meta.url.endsWith('.js');

const packageSchema = z.object({ version: z.string() });

/**
 * Starts a node.
 * @throws an `Error` whose message is one clear line; everything that had been started is stopped again.
 */
export async function startNode(
  config: Config,
  places: ProgramPlaces,
  ports: Ports = systemPorts(),
): Promise<RunningNode> {
  const log = createLog({ debug: config.debug });
  const started: (() => void | Promise<void>)[] = [];
  try {
    return await assemble(config, places, ports, log, started);
  } catch (error) {
    await stopAll(started, log);
    throw error;
  }
}

async function assemble(
  config: Config,
  places: ProgramPlaces,
  ports: Ports,
  terminal: Log,
  started: (() => void | Promise<void>)[],
): Promise<RunningNode> {
  const crypto = nativeCrypto;
  const { version } = packageSchema.parse(
    JSON.parse(readFileSync(path.join(places.programFolder, 'package.json'), 'utf8')),
  );
  const data = openDataDirectory(config, {
    places: { home: process.env['HOME'] ?? homedir(), cwd: process.cwd(), program: places.programFolder },
    hostname: hostname(),
    platform: process.platform,
    random: ports.random,
    clock: ports.clock,
    save: writeFileAtomic,
  });
  const log = withLogFiles(config, data, terminal, started);
  if (config.relayUrl !== null)
    log.warn({}, 'relay_url has no effect: nodes of this program relay for each other');
  const bus = new EventBus((error, event) =>
    log.error({ err: error, event: event.type }, 'a listener failed'),
  );
  if (data.migratedFrom !== null)
    log.info({ from: data.migratedFrom }, 'an older data directory was taken over');

  const store = await openDatabase(data.databaseFile, { ports, log: log.child({ room: 'store' }) });
  started.push(() => store.close());
  const identity = loadOrCreateNodeIdentity(data.identityFile, { random: ports.random, crypto });
  const vault = new Vault(
    new AtRestCipher({ crypto, random: ports.random }, { ed25519Seed: identity.ed25519.privateKey }),
    { mode: storageMode(store.sql) },
  );
  const repositories = createRepositories({ sql: store.sql, vault, random: ports.random });
  const workspace = new Workspace(
    {
      store,
      repositories,
      ports,
      crypto,
      bus,
      bytes: new DiskFileBytes({ directory: data.filesDirectory, sealing: vault.files() }),
    },
    {
      localPeer: identity.peerId,
      trustDefault: config.trustDefault,
      maintenanceIntervalMs: config.maintenanceIntervalSeconds * 1000,
      secretKey: data.secretKey,
      autoApproveAgents: config.autoApproveAgents,
    },
  );
  const assetFiles = new AssetFiles(
    { sealing: vault.sealing() },
    { directory: path.join(data.directory, 'assets'), seals: config.canEncrypt },
  );
  const assets = new AssetStore(
    {
      rows: repositories.assets,
      commit: store.commit,
      files: assetFiles,
      clock: ports.clock,
      bus,
      log: log.child({ room: 'libraries' }),
    },
    { peerId: identity.peerId, maxBytes: config.canMaxBytes },
  );
  await assets.start();
  const assetParts = {
    store: assets,
    thumbnails: new AssetThumbnails({ store: assets, files: assetFiles }),
  };
  if (!config.testing) {
    workspace.expiry.start();
    started.push(() => workspace.expiry.stop());
    workspace.search.start();
    started.push(() => workspace.search.stop());
    workspace.fileUpkeep.start();
    started.push(() => workspace.fileUpkeep.stop());
  }
  const device = new OwnDevice(
    { save: writeFileAtomic },
    {
      deviceId: data.device.deviceId,
      label: data.device.label,
      file: data.deviceProfileFile,
      changed: () => bus.publish({ type: 'profile.local', userId: null }),
    },
  );
  const relay = new RelaySettings(data.relaySettingsFile, config.relayPolicy ?? undefined);
  const allowLoopback =
    config.allowLoopbackEndpoints ?? (config.meshHost !== null && isLoopbackHost(config.meshHost));

  // With the mesh, files that are still being fetched stay.
  if (config.disableMesh) await workspace.inbound.uploads.recover((name) => name.endsWith('.part'));
  const mesh = config.disableMesh
    ? null
    : await startMesh({
        config,
        data,
        ports,
        log,
        bus,
        identity,
        version,
        allowLoopback,
        relay,
        workspace,
        device,
        repositories,
        store,
        assets,
        started,
      });

  const external = externalService({ config, ports, log, assets, store, repositories });
  const libraryParts: LibraryParts | null =
    mesh === null
      ? null
      : {
          libraries: mesh.libraries.libraries,
          assets,
          health: () => assets.health(),
          external: () => external?.state() ?? null,
          rescan: (id) => mesh.libraries.replication.rescan(id),
          progress: (id) => mesh.libraries.content.progress(id),
          traffic: (peer) => mesh.libraries.content.traffic(peer),
          peerId: identity.peerId,
          version,
          meshPort: () => mesh.mesh.port,
          allowLoopback,
          now: () => ports.clock.now(),
          pause: () => new Promise((resolve) => setImmediate(resolve)),
        };
  const http = new HttpServer(
    {
      ports,
      crypto,
      bus,
      log: log.child({ room: 'http' }),
      workspace,
      identity,
      mesh,
      relay,
      publicAddress: new KeptPublicAddress(data.publicAddressFile),
      device,
      statistics: repositories.statistics,
      database: new DatabaseTransfer({ store, vault }, { file: data.databaseFile }),
      libraries: libraryParts,
      assets: assetParts,
    },
    httpOptions(config, {
      version,
      webRoot: places.webFolder,
      machineName: hostname(),
      allowLoopback,
      dataDirectory: data.directory,
      logFile: newestLogFile(logDirectory(config, data)),
    }),
  );
  await orSayWhy(() => http.start(), `The page and API`, config.host, config.port, '--port');
  started.push(() => http.stop());
  const extra = extraPorts({ ports, log: log.child({ room: 'http' }), workspace }, config, {
    hosts: {
      machineName: hostname(),
      advertised: config.advertise ?? [],
      allowed: config.allowedHosts ?? [],
    },
    can: canRoutes(assetParts),
    sync: openLibraryRoutes(libraryParts),
  });
  for (const { server, what, host, port, flag } of extra) {
    await orSayWhy(() => server.start(), what, host, port, flag);
    started.push(() => server.stop());
  }
  await external?.start();
  started.push(() => external?.stop());
  log.info(
    { version, port: http.port, mesh: mesh?.mesh.port ?? null, peer: identity.peerId },
    'the node is running',
  );

  let stopped: Promise<void> | null = null;
  return {
    version,
    url: `http://${isLoopbackHost(config.host) || isAnyHost(config.host) ? 'localhost' : bracketed(config.host)}:${http.port}`,
    meshLine: mesh === null ? 'mesh off' : `mesh on port ${mesh.mesh.port}, peer ${identity.peerId}`,
    dataFolder: data.directory,
    survives: (error) => survives(error, log),
    stop: () => (stopped ??= stopAll(started, log)),
  };
}

function logDirectory(config: Config, data: DataDirectory): string {
  return config.dataDir === null
    ? path.resolve('logs', data.device.deviceId)
    : path.join(data.directory, 'logs');
}

/**
 * The log with its files: below the working directory, one set per device, or inside a data directory that was named
 * (03 section 1.5). A place that cannot be written costs one warning, never the start.
 */
function withLogFiles(
  config: Config,
  data: DataDirectory,
  terminal: Log,
  started: (() => void | Promise<void>)[],
): Log {
  const directory = logDirectory(config, data);
  const failed = (error: unknown): void =>
    terminal.warn({ directory, error: String(error) }, 'log files cannot be written; the log goes on here');
  try {
    const files = openLogFiles(directory, failed);
    started.push(() => files.close());
    return createLog({ debug: config.debug, files });
  } catch (error) {
    failed(error);
    return terminal;
  }
}

/** The asset service beside this node, when the configuration names one. */
function externalService(
  from: Pick<MeshIngredients, 'config' | 'ports' | 'log' | 'assets' | 'store' | 'repositories'>,
): ExternalService | null {
  const { config, ports, store, repositories } = from;
  const url = externalServiceUrl(config);
  if (url === null) return null;
  const log = from.log.child({ room: 'libraries' });
  if (url.startsWith('http:') && !isLoopbackHost(new URL(url).hostname))
    log.warn({}, 'can_service_url is not encrypted: what is exchanged with it can be read on the way');
  return new ExternalService(
    {
      service: new CanService({ url, key: config.syncApiKey }),
      store: from.assets,
      rows: repositories.externalAssets,
      commit: store.commit,
      clock: ports.clock,
      timers: ports.timers,
      log,
    },
    {
      pollIntervalMs: config.pollIntervalSecs * 1000,
      fullScanIntervalMs: config.fullScanIntervalSecs * 1000,
    },
  );
}

interface MeshIngredients {
  config: Config;
  data: DataDirectory;
  ports: Ports;
  log: Log;
  bus: EventBus;
  identity: NodeIdentity;
  version: string;
  allowLoopback: boolean;
  relay: RelaySettings;
  workspace: Workspace;
  device: OwnDevice;
  repositories: ReturnType<typeof createRepositories>;
  store: Store;
  assets: AssetStore;
  started: (() => void | Promise<void>)[];
}

async function startMesh(from: MeshIngredients) {
  const { config, ports, bus, identity, workspace, device, started } = from;
  const log = from.log.child({ room: 'mesh' });
  const knownPeers = KnownPeers.load(
    { crypto: nativeCrypto, timers: ports.timers, log },
    { localPeerId: identity.peerId, allowLoopback: from.allowLoopback, file: from.data.knownPeersFile },
  );
  started.push(() => knownPeers.flush());
  const background = IS_BUILD ? new BackgroundThread<Question, Answer>(FRAME_WORKER) : null;
  started.push(() => background?.stop());
  const mesh = new Mesh(
    {
      ...(background === null ? {} : { background }),
      ports,
      crypto: nativeCrypto,
      identity,
      knownPeers,
      bus,
      log,
      admission: admission(workspace),
      pins: storedPins(from.store, from.repositories.peerSecurity),
    },
    {
      ...(config.meshHost === null ? {} : { host: config.meshHost }),
      port: config.meshPort,
      canopyVersion: ourVersion(from.version),
      capabilities: [...OWN_CAPABILITIES, ...offeredExtensions(config.nativeExtensions)],
      allowLoopback: from.allowLoopback,
      rejectProtocolMismatch: config.rejectProtocolMismatch,
      allowUnverifiedRelay: config.allowUnverifiedRelayMessages,
      advertise: config.advertise,
      discovery: !config.disableMdns,
      relayPolicy: from.relay.policy,
      relayPairBytesPerSecond: config.relayPairBytesPerSecond,
    },
  );
  from.relay.onChange((policy) => (mesh.relays.policy = policy));
  const libraries = await assembleLibraries(
    {
      crypto: nativeCrypto,
      ports,
      store: from.store,
      repositories: from.repositories,
      identity,
      knownPeers,
      mesh,
      bus,
      log: from.log.child({ room: 'libraries' }),
      assets: from.assets,
      transfers: from.repositories.libraryTransfers,
      refused: from.repositories.refused,
      workspace,
    },
    {
      maxUp: config.canMaxUp,
      maxDown: config.canMaxDown,
      fullScanIntervalMs: config.fullScanIntervalSecs * 1000,
      meeting:
        config.meshPassphrase === null
          ? null
          : { passphrase: config.meshPassphrase, filter: config.meshLibraryFilter },
    },
  );
  const sync = new Sync({
    mesh,
    foreignSets: libraries.replication.sets,
    workspace,
    repositories: from.repositories,
    knownPeers,
    identity,
    crypto: nativeCrypto,
    verifyBeside,
    ports,
    bus,
    log: from.log.child({ room: 'sync' }),
    ownDevice: () => ({ deviceId: device.deviceId, ...device.card() }),
  });
  await sync.recover();
  sync.start();
  started.push(() => sync.stop());
  libraries.start();
  started.push(() => libraries.stop());
  await orSayWhy(
    () => mesh.start(),
    'The mesh',
    config.meshHost ?? 'all addresses',
    config.meshPort,
    '--mesh-port',
  );
  started.push(() => mesh.stop());
  return { mesh, sync, knownPeers, libraries };
}

function survives(error: unknown, log: Log): boolean {
  if (!isDiskTrouble(error)) {
    log.error({ err: error }, 'a fault nobody foresaw; the node ends');
    return false;
  }
  log.error({ err: error }, 'the disk is full or cannot be written; make room, the node goes on then');
  return true;
}

async function stopAll(started: (() => void | Promise<void>)[], log: Log): Promise<void> {
  for (let stop = started.pop(); stop !== undefined; stop = started.pop()) {
    try {
      await stop();
    } catch (error) {
      log.error({ err: error }, 'a part did not stop cleanly');
    }
  }
}

/** Turns the system's refusal to listen into the one line an operator needs. */
async function orSayWhy(
  start: () => Promise<void>,
  what: string,
  host: string,
  port: number,
  flag: string,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reasons: Record<string, string> = {
      EADDRINUSE: `port ${port} is in use; stop what uses it, or choose another with ${flag}`,
      EACCES: `port ${port} needs more rights; choose one above 1023 with ${flag}`,
      EADDRNOTAVAIL: `this machine has no address ${host}`,
      ENOTFOUND: `this machine has no address ${host}`,
    };
    const reason = reasons[code];
    if (reason === undefined) throw error;
    throw new Error(`${what} cannot listen on ${host}: ${reason}.`, { cause: error });
  }
}

function isAnyHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
