/** What other devices show about themselves (03 sections 1.3 and 4.6); the own one is kept by `config`. */
import type { Clock } from '../ports/types.ts';
import type { PeerDeviceProfile, PeerProfiles } from '../store/profiles.ts';
import type { PeerId } from '../wire/ids.ts';
import { isPlainImage } from './avatar-image.ts';
import { cut, label } from './text.ts';
import type { DeviceCard } from './types.ts';

/** Characters of a device's name and description, as the reference cuts them (03 section 1.3). */
const MAX_NAME = 100;
const MAX_DESCRIPTION = 500;
/** Base64 of the largest device avatar, 48 KiB (03 section 1.3). */
const MAX_AVATAR_B64 = 65_536;
/** Base64 of the bytes that say what a picture is. */
const HEAD_B64 = 32;
const AVATAR_MIMES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', '']);

export class PeerDevices {
  readonly #rows: PeerProfiles;
  readonly #clock: Clock;

  constructor(components: { rows: PeerProfiles; clock: Clock }) {
    this.#rows = components.rows;
    this.#clock = components.clock;
  }

  /** What a peer says about itself; `undefined` when nothing is known. */
  get(peer: PeerId): DeviceCard | undefined {
    const row = this.#rows.get(peer);
    return row === undefined ? undefined : card(row);
  }

  list(): Map<PeerId, DeviceCard> {
    return new Map(this.#rows.list().map((row) => [row.peerId, card(row)]));
  }

  /**
   * Stores a device card; absent fields keep their value. Inside a transaction.
   * @param own false when a third peer speaks: then only a first card is taken (02 S4).
   */
  store(peer: PeerId, device: Partial<DeviceCard>, own: boolean): void {
    if (!own && this.#rows.get(peer) !== undefined) return;
    const avatarUsable = isUsable(device.avatarB64 ?? '', device.avatarMime ?? '');
    this.#rows.upsert(
      {
        peerId: peer,
        displayName: device.displayName === undefined ? null : label(device.displayName, MAX_NAME),
        description: device.description === undefined ? null : cut(device.description, MAX_DESCRIPTION),
        avatarB64: avatarUsable ? (device.avatarB64 ?? null) : null,
        avatarMime: avatarUsable ? (device.avatarMime ?? null) : null,
      },
      this.#clock.now(),
    );
  }
}

/** Whether an avatar is none, or small and a picture by its first bytes, whatever it says it is. */
function isUsable(base64: string, mime: string): boolean {
  if (base64.length > MAX_AVATAR_B64 || !AVATAR_MIMES.has(mime)) return false;
  return base64 === '' || isPlainImage(Buffer.from(base64.slice(0, HEAD_B64), 'base64'));
}

function card(row: PeerDeviceProfile): DeviceCard {
  return {
    displayName: row.displayName ?? '',
    description: row.description ?? '',
    avatarB64: row.avatarB64 ?? '',
    avatarMime: row.avatarMime ?? '',
  };
}
