/**
 * This device's profile file, `~/.canopy/device_profile.json` (03 section 1.3): what other peers are shown of the
 * device. Avatars come in ready: base64 of a JPEG of at most 48 KiB.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { asciiJson } from '../wire/ascii-json.ts';
import type { SaveFile } from './device-identity.ts';

export interface DeviceProfile {
  displayName: string;
  description: string;
  /** Base64, empty without avatar. */
  avatarB64: string;
  /** Empty without avatar. */
  avatarMime: string;
}

const textOr = (fallback: string) => z.string().catch(fallback).default(fallback);

/** Reads the profile; missing keys, or a missing or unreadable file, take the defaults. */
export function readDeviceProfile(file: string, label: string): DeviceProfile {
  const schema = z.object({
    display_name: textOr(label),
    description: textOr(''),
    avatar_b64: textOr(''),
    avatar_mime: textOr(''),
  });
  const stored = schema.safeParse(readObject(file));
  const profile = stored.success ? stored.data : schema.parse({});
  return {
    displayName: profile.display_name,
    description: profile.description,
    avatarB64: profile.avatar_b64,
    avatarMime: profile.avatar_mime,
  };
}

/** Writes the whole profile. @throws the `Error` of the file system. */
export function writeDeviceProfile(file: string, profile: DeviceProfile, save: SaveFile): void {
  save(
    file,
    asciiJson(
      {
        display_name: profile.displayName,
        description: profile.description,
        avatar_b64: profile.avatarB64,
        avatar_mime: profile.avatarMime,
      },
      2,
    ),
  );
}

function readObject(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
