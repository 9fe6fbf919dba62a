/** Device profiles of other peers (03 sections 2.5.6, 4.5). */
import type { PeerId } from '../wire/ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A row of `peer_device_profiles`. */
export interface PeerDeviceProfile {
  peerId: PeerId;
  displayName: string | null;
  description: string | null;
  avatarB64: string | null;
  avatarMime: string | null;
  updatedAt: number | null;
}

interface ProfileRow {
  peer_id: string;
  display_name: string | null;
  description: Stored | null;
  avatar_b64: Stored | null;
  avatar_mime: string | null;
  updated_at: string | null;
}

const SELECT =
  'SELECT peer_id, display_name, description, avatar_b64, avatar_mime, updated_at FROM peer_device_profiles';

export class PeerProfiles {
  readonly #sql: Sql;
  readonly #description: SealedField;
  readonly #avatar: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#description = components.vault.field('peer_device_profiles.description');
    this.#avatar = components.vault.field('peer_device_profiles.avatar_b64');
  }

  get(peerId: PeerId): PeerDeviceProfile | undefined {
    const row = this.#sql.get<ProfileRow>(`${SELECT} WHERE peer_id = @peerId`, { peerId });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  list(): PeerDeviceProfile[] {
    return this.#sql.all<ProfileRow>(`${SELECT} ORDER BY peer_id`).map((row) => this.#fromRow(row));
  }

  /** Writes a profile; a field that is null or absent keeps its stored value. */
  upsert(
    profile: { peerId: PeerId } & Partial<
      Pick<PeerDeviceProfile, 'displayName' | 'description' | 'avatarB64' | 'avatarMime'>
    >,
    now: number,
  ): void {
    this.#sql.run(
      `INSERT INTO peer_device_profiles (peer_id, display_name, description, avatar_b64, avatar_mime, updated_at)
       VALUES (@peerId, @displayName, @description, @avatarB64, @avatarMime, @at)
       ON CONFLICT (peer_id) DO UPDATE SET display_name = coalesce(@displayName, display_name),
         description = coalesce(@description, description), avatar_b64 = coalesce(@avatarB64, avatar_b64),
         avatar_mime = coalesce(@avatarMime, avatar_mime), updated_at = @at`,
      {
        peerId: profile.peerId,
        displayName: profile.displayName ?? null,
        description: this.#description.seal(profile.description ?? null, profile.peerId),
        avatarB64: this.#avatar.seal(profile.avatarB64 ?? null, profile.peerId),
        avatarMime: profile.avatarMime ?? null,
        at: toDbTime(now),
      },
    );
  }

  remove(peerId: PeerId): boolean {
    return (
      this.#sql.run('DELETE FROM peer_device_profiles WHERE peer_id = @peerId', { peerId }).changes === 1
    );
  }

  #fromRow(row: ProfileRow): PeerDeviceProfile {
    return {
      peerId: row.peer_id as PeerId,
      displayName: row.display_name,
      description: this.#description.open(row.description, row.peer_id),
      avatarB64: this.#avatar.open(row.avatar_b64, row.peer_id),
      avatarMime: row.avatar_mime,
      updatedAt: columnTime(row.updated_at),
    };
  }
}
