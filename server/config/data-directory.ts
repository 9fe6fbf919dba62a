/**
 * Everything the node keeps on disk, found or created (03 sections 1.3 and 1.4): device identity, data root, device
 * directory, secret key. The names of the files are the reference's.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Clock, Random } from '../ports/types.ts';
import type { Config } from './config.ts';
import { chooseDataRoot, DATABASE_NAME, deviceDirectory, findDataRoot, tryCreate } from './data-root.ts';
import type { Places } from './data-root.ts';
import { loadDeviceIdentity, readDeviceIdentity, rememberDataRoot } from './device-identity.ts';
import type { DeviceIdentity, SaveFile } from './device-identity.ts';
import { ConfigError } from './errors.ts';
import { migrateLegacyDirectory } from './legacy-directory.ts';
import { loadSecretKey } from './secret-key.ts';

/** Paths of one node, all absolute. */
export interface DataPaths {
  /** The data directory itself. */
  readonly directory: string;
  readonly databaseFile: string;
  readonly identityFile: string;
  readonly knownPeersFile: string;
  readonly relaySettingsFile: string;
  readonly publicAddressFile: string;
  readonly secretKeyFile: string;
  /** Below it one directory per category of file. */
  readonly filesDirectory: string;
}

/** A data directory that was found or created. */
export interface DataDirectory extends DataPaths {
  readonly device: DeviceIdentity;
  /** Of the device profile. */
  readonly deviceProfileFile: string;
  readonly secretKey: string;
  /** The directory an old layout was copied from at this start, or null. */
  readonly migratedFrom: string | null;
}

/** The settings that say where the data is. */
type PlaceSettings = Pick<Config, 'dataRoot' | 'dataDir' | 'databasePath'>;

/** What {@link openDataDirectory} takes from the machine. */
export interface DataDirectoryComponents {
  places: Places;
  hostname: string;
  platform: string;
  random: Random;
  clock: Clock;
  save: SaveFile;
}

const FILE_CATEGORIES = ['images', 'videos', 'documents', 'audio', 'other'] as const;

/**
 * Finds or creates the data directory.
 * @throws {ConfigError} when a directory cannot be created or the secret key not be read.
 */
export function openDataDirectory(
  config: PlaceSettings & Pick<Config, 'secretKey'>,
  components: DataDirectoryComponents,
): DataDirectory {
  const { places, save } = components;
  const home = path.join(places.home, '.canopy');
  const identityFile = path.join(home, 'device_identity.json');
  let device = loadDeviceIdentity(identityFile, components);
  let directory: string;
  let migratedFrom: string | null = null;
  if (config.dataDir === null) {
    const choice = { wanted: config.dataRoot, remembered: device.dataRoot };
    const { root, remember } = chooseDataRoot(choice, device.deviceId, places);
    if (remember) device = rememberDataRoot(identityFile, device, root, save);
    directory = deviceDirectory(root, device.deviceId);
    migratedFrom = migrateLegacyDirectory(directory, places);
  } else {
    directory = path.resolve(places.cwd, config.dataDir);
    requireDirectory(directory, 'CANOPY_DATA_DIR');
  }
  const paths = pathsOf(directory, config, places);
  requireDirectory(path.dirname(paths.databaseFile), 'CANOPY_DATABASE_PATH');
  for (const category of FILE_CATEGORIES)
    mkdirSync(path.join(paths.filesDirectory, category), { recursive: true });
  return {
    ...paths,
    device,
    deviceProfileFile: path.join(home, 'device_profile.json'),
    secretKey: config.secretKey ?? loadSecretKey(paths.secretKeyFile, components),
    migratedFrom,
  };
}

/**
 * Where {@link openDataDirectory} would look first. Creates and changes nothing.
 * @returns null when no node ever ran here, so the directory has no name yet.
 */
export function findDataDirectory(config: PlaceSettings, places: Places): DataPaths | null {
  if (config.dataDir !== null) return pathsOf(path.resolve(places.cwd, config.dataDir), config, places);
  const device = readDeviceIdentity(path.join(places.home, '.canopy', 'device_identity.json'));
  if (device === null) return null;
  const choice = { wanted: config.dataRoot, remembered: device.dataRoot };
  const root = findDataRoot(choice, device.deviceId, places);
  return pathsOf(deviceDirectory(root, device.deviceId), config, places);
}

function pathsOf(directory: string, config: PlaceSettings, places: Places): DataPaths {
  const databaseFile =
    config.databasePath === null
      ? path.join(directory, DATABASE_NAME)
      : path.resolve(places.cwd, config.databasePath);
  const beside = path.dirname(databaseFile);
  return {
    directory,
    databaseFile,
    identityFile: path.join(beside, 'peer_identity.json'),
    knownPeersFile: path.join(beside, 'known_peers.json'),
    relaySettingsFile: path.join(beside, 'relay_settings.json'),
    publicAddressFile: path.join(beside, 'public_address.json'),
    secretKeyFile: path.join(directory, 'secret_key.json'),
    filesDirectory: path.join(directory, 'files'),
  };
}

function requireDirectory(directory: string, variable: string): void {
  const failure = tryCreate(directory);
  if (failure !== null)
    throw new ConfigError(`${variable}: cannot use the directory ${directory}: ${failure}`);
}
