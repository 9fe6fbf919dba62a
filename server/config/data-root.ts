/** Which directory holds the devices' data (03 section 1.4, selection order). */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DeviceId } from '../wire/ids.ts';
import { ConfigError } from './errors.ts';

/** The places a root can be in. */
export interface Places {
  /** The user's home directory. */
  home: string;
  /** The working directory. */
  cwd: string;
  /** Where the program lies; its `data/` is the usual root. */
  program: string;
}

export const DATABASE_NAME = 'canopy.db';

/** `<root>/devices/<device id>`. */
export function deviceDirectory(root: string, deviceId: DeviceId): string {
  return path.join(root, 'devices', deviceId);
}

/**
 * Chooses the root and creates the device directory below it (mode 0700).
 * @param wanted flag or variable: used or fatal.
 * @param remembered what the device identity says.
 * @returns the root, and whether it should be remembered.
 * @throws {ConfigError} when no directory can be created.
 */
export function chooseDataRoot(
  choice: { wanted: string | null; remembered: string | null },
  deviceId: DeviceId,
  places: Places,
): { root: string; remember: boolean } {
  if (choice.wanted !== null) {
    const root = path.resolve(places.cwd, choice.wanted);
    const failure = tryCreate(deviceDirectory(root, deviceId));
    if (failure === null) return { root, remember: false };
    throw new ConfigError(
      `--data-root / CANOPY_DATA_ROOT: cannot create a directory below ${root}: ${failure}`,
    );
  }
  const root = findDataRoot(choice, deviceId, places);
  if (tryCreate(deviceDirectory(root, deviceId)) === null) return { root, remember: true };
  const last = path.join(places.home, '.canopy', 'data');
  const failure = tryCreate(deviceDirectory(last, deviceId));
  if (failure === null) return { root: last, remember: true };
  throw new ConfigError(`Neither ${root} nor ${last} can hold the data directory: ${failure}`);
}

/** The root that {@link chooseDataRoot} tries first. Creates nothing. */
export function findDataRoot(
  choice: { wanted: string | null; remembered: string | null },
  deviceId: DeviceId,
  places: Places,
): string {
  if (choice.wanted !== null) return path.resolve(places.cwd, choice.wanted);
  return choice.remembered ?? existing(deviceId, places) ?? usual(places);
}

function existing(deviceId: DeviceId, { program, cwd, home }: Places): string | null {
  const roots = [path.join(program, 'data'), path.join(cwd, 'data'), path.join(home, '.canopy', 'data')];
  return roots.find((root) => existsSync(path.join(deviceDirectory(root, deviceId), DATABASE_NAME))) ?? null;
}

function usual({ program, home }: Places): string {
  try {
    accessSync(program, constants.W_OK);
    return path.join(program, 'data');
  } catch {
    return path.join(home, '.canopy', 'data');
  }
}

/** null when the directory exists or was created; else the reason. Directories that exist keep their mode. */
export function tryCreate(directory: string): string | null {
  try {
    mkdirSync(path.dirname(directory), { recursive: true });
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
    if (!statSync(directory).isDirectory()) return 'it is a file';
    accessSync(directory, constants.W_OK);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
