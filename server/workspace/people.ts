/**
 * People: local accounts as everybody sees them, and shadows of accounts on other nodes (03 sections 4.2 to 4.5).
 */
import type { PeerId, UserId } from '../wire/ids.ts';
import type { LocalProfile, Person } from './types.ts';

/** What a profile change may carry; absent fields stay, `null` clears. */
export interface ProfileChanges {
  displayName?: string | null;
  bio?: string | null;
  avatarFileId?: string | null;
  accountType?: 'human' | 'agent';
  /** Only the instance owner may set it. */
  agentDirectives?: string | null;
  themePreference?: string;
}

export class People {
  /** One person, local or shadow. */
  get(_id: UserId): Person | undefined {
    throw new Error('not built yet');
  }
  /** Everybody known, built-in rows left out, local ones first, then by name. */
  list(_filter?: {
    includeHumans?: boolean;
    includeRemote?: boolean;
    activeOnly?: boolean;
    query?: string;
    limit?: number;
  }): Person[] {
    throw new Error('not built yet');
  }
  /** Accounts of this node that can receive direct messages. */
  localAccounts(): Person[] {
    throw new Error('not built yet');
  }
  /** People whose home is `peer`. */
  ofPeer(_peer: PeerId): Person[] {
    throw new Error('not built yet');
  }
  /** Own profile of a local account; `undefined` for unknown ids. */
  profile(_id: UserId): LocalProfile | undefined {
    throw new Error('not built yet');
  }
  /**
   * Changes a local profile and publishes `profile.local`.
   * @throws WorkspaceError `not_found`, `no_profile_fields`, `not_owner` (directives), `directives_too_long`.
   */
  async updateProfile(
    _id: UserId,
    _changes: ProfileChanges,
    _by?: { owner: boolean },
  ): Promise<LocalProfile> {
    throw new Error('not built yet');
  }
}
