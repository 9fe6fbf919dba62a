/** This device's own profile as the running node keeps it: the file, cached, with a word to whoever must hear of a change. */
import { readDeviceProfile, writeDeviceProfile } from './device-profile.ts';
import type { DeviceProfile } from './device-profile.ts';
import type { SaveFile } from './device-identity.ts';
import type { DeviceId } from '../wire/ids.ts';

export class OwnDevice {
  readonly deviceId: DeviceId;
  readonly #file: string;
  readonly #save: SaveFile;
  readonly #changed: () => void;
  #profile: DeviceProfile;

  /** @param init.changed called after a change was saved. */
  constructor(
    components: { save: SaveFile },
    init: { deviceId: DeviceId; label: string; file: string; changed: () => void },
  ) {
    this.deviceId = init.deviceId;
    this.#file = init.file;
    this.#save = components.save;
    this.#changed = init.changed;
    this.#profile = readDeviceProfile(init.file, init.label);
  }

  card(): DeviceProfile {
    return this.#profile;
  }

  /** Keeps what is absent. @throws the `Error` of the file system; nothing is changed then. */
  update(changes: Partial<DeviceProfile>): void {
    const profile = { ...this.#profile, ...changes };
    writeDeviceProfile(this.#file, profile, this.#save);
    this.#profile = profile;
    this.#changed();
  }
}
