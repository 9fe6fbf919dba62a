/**
 * This device's identity file, `~/.canopy/device_identity.json` (03 section 1.3), in the reference's format: both
 * programs read each other's. It names the device directory and remembers which data root was chosen.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Clock, Random } from '../ports/types.ts';
import { asciiJson } from '../wire/ascii-json.ts';
import type { DeviceId } from '../wire/ids.ts';

/** Writes a small file as one step: temporary file, flush, rename; with mode 0600 unless told otherwise. */
export type SaveFile = (file: string, data: string, mode?: number) => void;

export interface DeviceIdentity {
  /** 8 lower-case hex characters, random. */
  readonly deviceId: DeviceId;
  /** User-editable in the file; the host name at first. */
  readonly label: string;
  /** Absolute path chosen at an earlier start. */
  readonly dataRoot: string | null;
  /** The whole object as stored, other programs' keys included. */
  readonly stored: Readonly<Record<string, unknown>>;
}

export interface DeviceComponents {
  random: Random;
  clock: Clock;
  save: SaveFile;
  /** Of the machine; empty when unknown. */
  hostname: string;
  /** `process.platform`. */
  platform: string;
}

const ID_BYTES = 4;
const fileSchema = z.object({
  // Ids become directory names, so nothing but the form of 03 section 1.3 is taken.
  device_id: z.string().regex(/^[0-9a-f]{8}$/),
  label: z.string().optional().catch(undefined),
  hostname: z.string().optional().catch(undefined),
  data_root: z.string().min(1).optional().catch(undefined),
});
const PLATFORM_NAMES: Record<string, string> = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' };

/**
 * Reads the identity, or makes a new one over a missing or unreadable file. When it cannot be written it lasts for
 * this process only.
 */
export function loadDeviceIdentity(file: string, components: DeviceComponents): DeviceIdentity {
  const known = readDeviceIdentity(file);
  if (known !== null) return known;
  const hostname = components.hostname === '' ? 'unknown' : components.hostname;
  const stored = {
    device_id: Buffer.from(components.random.bytes(ID_BYTES)).toString('hex'),
    hostname,
    label: hostname,
    platform: PLATFORM_NAMES[components.platform] ?? components.platform,
    created_at: `${new Date(components.clock.now()).toISOString().slice(0, 23)}000+00:00`,
  };
  save(file, stored, components.save);
  return fromStored(stored);
}

/** Remembers the data root; other keys of the file stay. */
export function rememberDataRoot(
  file: string,
  identity: DeviceIdentity,
  dataRoot: string,
  saveFile: SaveFile,
): DeviceIdentity {
  if (identity.dataRoot === dataRoot) return identity;
  const stored = { ...identity.stored, data_root: dataRoot };
  save(file, stored, saveFile);
  return { ...identity, dataRoot, stored };
}

/** The identity as it stands; null when there is no usable file. Creates nothing. */
export function readDeviceIdentity(file: string): DeviceIdentity | null {
  try {
    return fromStored(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** @throws when it is no object with a usable id. */
function fromStored(value: unknown): DeviceIdentity {
  const known = fileSchema.parse(value);
  return {
    deviceId: known.device_id as DeviceId,
    label: known.label ?? known.hostname ?? 'unknown',
    dataRoot: known.data_root ?? null,
    // In the order of the file, which the schema would change.
    stored: value as Record<string, unknown>,
  };
}

function save(file: string, stored: object, saveFile: SaveFile): void {
  try {
    saveFile(file, asciiJson(stored, 2));
  } catch {
    // A read-only home is no reason not to start.
  }
}
