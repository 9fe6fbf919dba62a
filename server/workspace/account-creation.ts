/**
 * The rows of a new account (03 sections 3.1 and 3.6): user, key pairs, memberships. Everything here runs inside the
 * caller's transaction. The quarantine channel exists from the first opening of the database on (`store/seed.ts`).
 */
import { encodeBase58 } from '../wire/base58.ts';
import { generateEd25519, generateX25519 } from '../crypto/keys.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channels } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import { GENERAL_CHANNEL } from '../store/seed.ts';
import type { SystemState } from '../store/system-state.ts';
import type { AccountStatus, AccountType, Users } from '../store/users.ts';
import type { ChannelId, UserId } from '../wire/ids.ts';

/** Random characters of a user id after `user_` (03 section 2.2). */
const ID_HEX = 16;

export interface AccountCreationComponents {
  users: Users;
  channels: Channels;
  members: ChannelMembers;
  systemState: SystemState;
  clock: Clock;
  random: Random;
}

export class AccountCreation {
  readonly #c: AccountCreationComponents;

  constructor(components: AccountCreationComponents) {
    this.#c = components;
  }

  /** Writes the user and key rows; null when the username is taken. */
  create(fields: {
    username: string;
    displayName: string;
    passwordHash: string;
    accountType: AccountType;
    status: AccountStatus;
  }): UserId | null {
    const now = this.#c.clock.now();
    const id = `user_${hexId(this.#c.random, ID_HEX)}` as UserId;
    const signing = generateEd25519(this.#c.random);
    const agreement = generateX25519(this.#c.random);
    const publicKey = encodeBase58(signing.publicKey);
    if (!this.#c.users.insert({ ...fields, id, publicKey, now })) return null;
    // The mesh never uses these keys; the reference expects the row (03 section 2.5.1).
    this.#c.users.addKeys(
      id,
      {
        ed25519PublicKey: publicKey,
        ed25519PrivateKey: encodeBase58(signing.privateKey),
        x25519PublicKey: encodeBase58(agreement.publicKey),
        x25519PrivateKey: encodeBase58(agreement.privateKey),
      },
      now,
    );
    return id;
  }

  /**
   * Memberships of a new account: people join `general` and every public open channel, the owner also administers
   * the quarantine channel; agents see only that one, until somebody lifts their restriction.
   */
  join(userId: UserId, { accountType, isOwner }: { accountType: AccountType; isOwner: boolean }): void {
    const now = this.#c.clock.now();
    const quarantine = this.quarantineChannel();
    if (accountType === 'agent') {
      if (quarantine !== null) this.#c.members.add(quarantine, userId, 'member', now);
      this.#c.users.restrictToChannels(userId, quarantine === null ? [] : [quarantine], now);
      return;
    }
    this.#c.members.add(GENERAL_CHANNEL, userId, 'member', now);
    for (const channel of this.#c.channels.publicOpen())
      this.#c.members.add(channel.id, userId, 'member', now);
    if (isOwner && quarantine !== null) this.#c.members.add(quarantine, userId, 'admin', now);
  }

  /** The local quarantine channel (03 section 3.6). */
  quarantineChannel(): ChannelId | null {
    return this.#c.systemState.get('agent_quarantine_channel_id') as ChannelId | null;
  }
}
