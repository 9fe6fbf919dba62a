/**
 * People: local accounts as everybody sees them, and shadows of accounts on other nodes (03 sections 4.2 to 4.5).
 *
 * A shadow belongs to one home node. What a third node says about it holds only until the home itself signs something
 * of that person (02 S4, S5; 03 A1, A9), and nothing from outside ever touches a local account.
 */
import { jsonObject } from '../store/json.ts';
import { LOCAL_USER, SYSTEM_USER } from '../store/seed.ts';
import type { UserHomes } from '../store/user-homes.ts';
import type { User, UserPatch, Users } from '../store/users.ts';
import type { Clock } from '../ports/types.ts';
import { isPeerId } from '../wire/ids.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import { cursorTo, placeBefore } from './places.ts';
import { placeholderName, shadowUsernames } from './shadow-names.ts';
import { cut, label } from './text.ts';
import type { LocalProfile, Person } from './types.ts';

/** Longest display name and bio (03 section 4.4); longer ones of other nodes are cut. */
export const MAX_DISPLAY_NAME = 100;
export const MAX_BIO = 500;
/** Longest agent directives (04 section 3.2). */
const MAX_DIRECTIVES = 4000;
const DEFAULT_LIST_LIMIT = 100;
/** People kept of one other node, and of all: nobody fills the table with names. */
export const MAX_PEOPLE_PER_PEER = 2_000;
const MAX_FOREIGN_PEOPLE = 20_000;
const PEER_USER_PREFIX = 'peer_';

/** What a profile change may carry; absent fields stay, `null` clears. */
export interface ProfileChanges {
  displayName?: string | null;
  bio?: string | null;
  avatarFileId?: string | null;
  accountType?: 'human' | 'agent';
  /** Only the instance owner may set it. */
  agentDirectives?: string | null;
  themePreference?: string;
  /** Whether senders on other nodes are told what was read (06 section 3.2). */
  readReceipts?: boolean;
}

/** The key of {@link ProfileChanges.readReceipts} in an account's privacy settings. */
const READ_RECEIPTS = 'read_receipts';

/** What a message or card says about its author. */
export interface PersonClaim {
  userId: UserId;
  displayName?: string | null;
  accountType?: 'human' | 'agent' | null;
}

/** Why a claim about a person was refused. */
export type ClaimRefusal = 'local_author' | 'foreign_author' | 'too_many_people';

export interface PeopleComponents {
  users: Users;
  homes: UserHomes;
  changes: Changes;
  clock: Clock;
}

export class People {
  readonly #users: Users;
  readonly #homes: UserHomes;
  readonly #changes: Changes;
  readonly #clock: Clock;
  readonly #localPeer: PeerId;

  constructor(components: PeopleComponents, init: { localPeer: PeerId }) {
    this.#users = components.users;
    this.#homes = components.homes;
    this.#changes = components.changes;
    this.#clock = components.clock;
    this.#localPeer = init.localPeer;
  }

  /** One person, local or shadow. */
  get(id: UserId): Person | undefined {
    const user = this.#users.get(id);
    return user === undefined ? undefined : this.#person(user);
  }

  /** Everybody known, built-in rows left out, local ones first, then by name. @throws {WorkspaceError} `invalid_cursor`. */
  list(
    filter: {
      includeHumans?: boolean;
      includeRemote?: boolean;
      activeOnly?: boolean;
      query?: string;
      limit?: number;
      /** A cursor, or somebody's id. */
      before?: string;
    } = {},
  ): Person[] {
    const before = filter.before === undefined ? null : this.#placeBefore(filter.before);
    if (before === undefined) return [];
    const query = (filter.query ?? '').trim().toLowerCase();
    return this.#users
      .list()
      .filter((user) => !isBuiltIn(user.id) && !isPeerUser(user.id))
      .map((user) => this.#person(user))
      .filter((person) => filter.includeHumans !== false || person.accountType === 'agent')
      .filter((person) => filter.includeRemote !== false || person.originPeer === null)
      .filter((person) => filter.activeOnly !== true || person.status === 'active')
      .filter((person) => `${person.username}\n${person.displayName}`.toLowerCase().includes(query))
      .sort((a, b) => inOrder(placeOf(a), placeOf(b)))
      .filter((person) => before === null || inOrder(before, placeOf(person)) < 0)
      .slice(0, filter.limit ?? DEFAULT_LIST_LIMIT);
  }

  /** Where a list that ended with somebody goes on. */
  cursor(person: Person): string {
    return cursorTo(placeOf(person));
  }

  #placeBefore(before: string): PersonPlace | undefined {
    return placeBefore<PersonPlace>(before, [0, '', ''], (id) => {
      const person = this.get(id as UserId);
      return person === undefined ? undefined : placeOf(person);
    });
  }

  /** Accounts of this node that can receive direct messages, oldest first. */
  localAccounts(): Person[] {
    return this.#users
      .ofThisNode(this.#localPeer)
      .filter((user) => this.isLocal(user))
      .map((user) => this.#person(user));
  }

  /** People whose home is `peer`. */
  ofPeer(peer: PeerId): Person[] {
    return this.#users
      .ofPeer(peer)
      .filter((user) => !isPeerUser(user.id))
      .map((user) => this.#person(user));
  }

  /** Own profile of a local account; `undefined` for unknown ids. */
  profile(id: UserId): LocalProfile | undefined {
    const user = this.#users.get(id);
    if (user === undefined) return undefined;
    return {
      ...this.#person(user),
      themePreference: user.themePreference,
      notificationSettings: jsonObject(user.notificationSettings),
      privacySettings: jsonObject(user.privacySettings),
      agentDirectives: user.agentDirectives,
      updatedAt: user.profileUpdatedAt,
    };
  }

  /**
   * Changes a local profile and publishes `profile.local`.
   * @throws {WorkspaceError} `not_found`, `no_profile_fields`, `not_owner` (directives), `directives_too_long`,
   *   `display_name_too_long`, `bio_too_long`.
   */
  async updateProfile(
    id: UserId,
    changes: ProfileChanges,
    by: { owner: boolean } = { owner: false },
  ): Promise<LocalProfile> {
    const settings = jsonObject(this.#users.get(id)?.privacySettings ?? null);
    const patch = profilePatch(changes, by.owner, settings);
    const now = this.#clock.now();
    return this.#changes.run(() => {
      this.#users.update(id, { ...patch, profileUpdatedAt: now }, now);
      const profile = this.profile(id);
      if (profile === undefined) throw new WorkspaceError('not_found', 'Profile not found');
      this.#changes.tell({ type: 'profile.local', userId: id });
      return profile;
    });
  }

  /** Whether senders on other nodes are told what this account read; so unless it said otherwise. */
  sendsReadReceipts(id: UserId): boolean {
    return jsonObject(this.#users.get(id)?.privacySettings ?? null)?.[READ_RECEIPTS] !== false;
  }

  /** Whether `user` lives here and can receive direct messages (03 section 4.2, rule 1). */
  isLocal(user: User): boolean {
    if (isBuiltIn(user.id) || user.username.startsWith('peer-')) return false;
    if (user.originPeer !== null) return user.originPeer === this.#localPeer;
    return user.passwordHash !== null || this.#users.hasKeys(user.id);
  }

  /** Whether a peer is this node itself. */
  isThisNode(peer: PeerId): boolean {
    return peer === this.#localPeer;
  }

  /** Accounts that join public channels by themselves (03 section 4.2, rule 3). */
  publicChannelCandidates(): UserId[] {
    return this.#users
      .ofThisNode(this.#localPeer)
      .filter((user) => !isBuiltIn(user.id) && user.originPeer === null)
      .filter((user) => user.passwordHash !== null || user.accountType === 'agent')
      .map((user) => user.id);
  }

  /**
   * Makes sure there is a row for a person of whom `signer` itself signed something, and binds the person to it.
   * Inside a transaction. @returns why it was refused, or `null`.
   */
  admitSigned(claim: PersonClaim, signer: PeerId): ClaimRefusal | null {
    const now = this.#clock.now();
    const home = this.#homes.get(claim.userId);
    const user = this.#users.get(claim.userId);
    if (home !== null && home !== signer) return 'foreign_author';
    const barred = this.#barred(claim.userId, signer);
    if (barred !== null) return barred;
    if (user === undefined) {
      if (this.#isFull(signer)) return 'too_many_people';
      this.#createShadow(claim, signer, now);
    } else {
      if (this.#isOurs(user)) return 'local_author';
      const patch: UserPatch = this.#namesPatch(user, claim);
      if (user.originPeer !== signer) patch.originPeer = signer;
      if (Object.keys(patch).length > 0) {
        this.#users.update(user.id, patch, now);
        this.#tellOf(signer);
      }
    }
    if (home === null) this.#homes.confirm(claim.userId, signer, now);
    return null;
  }

  /**
   * Makes sure there is a row for a person of whom somebody else than the home speaks. A known home never changes.
   * Inside a transaction. @returns why it was refused, or `null`.
   */
  admitReported(claim: PersonClaim, home: PeerId): ClaimRefusal | null {
    const user = this.#users.get(claim.userId);
    const barred = this.#barred(claim.userId, home);
    if (barred !== null) return barred;
    if (user === undefined) {
      if (this.#isFull(home)) return 'too_many_people';
      this.#createShadow(claim, home, this.#clock.now());
      return null;
    }
    if (this.#isOurs(user)) return 'local_author';
    if (user.originPeer !== null && user.originPeer !== home) return 'foreign_author';
    const patch: UserPatch = this.#namesPatch(user, claim);
    if (user.originPeer === null) patch.originPeer = home;
    if (Object.keys(patch).length === 0) return null;
    this.#users.update(user.id, patch, this.#clock.now());
    this.#tellOf(home);
    return null;
  }

  /**
   * Applies a profile card of somebody at home on `home` that `signer` signed (03 section 4.5, S4, A9).
   * Inside a transaction. @returns why it was refused, or `null`.
   */
  applyCard(card: PersonClaim & { bio?: string | null }, home: PeerId, signer: PeerId): ClaimRefusal | null {
    const own = signer === home;
    if (!own && this.#homes.get(card.userId) !== null) return 'foreign_author';
    const refusal = own ? this.admitSigned(card, home) : this.admitReported(card, home);
    if (refusal !== null) return refusal;
    const patch: UserPatch = {};
    const name = label(card.displayName ?? '', MAX_DISPLAY_NAME);
    if (name !== '') patch.displayName = name;
    if (typeof card.bio === 'string') patch.bio = cut(card.bio, MAX_BIO);
    if (card.accountType) patch.accountType = card.accountType;
    const now = this.#clock.now();
    const before = this.#users.get(card.userId);
    this.#users.update(card.userId, { ...patch, profileUpdatedAt: now }, now);
    const news =
      before === undefined ||
      Object.entries(patch).some(([key, value]) => before[key as keyof UserPatch & keyof User] !== value);
    if (news) this.#tellOf(home);
    return null;
  }

  /** Who looks at names sees the new one, of whomever it came. */
  #tellOf(home: PeerId): void {
    this.#changes.tell({ type: 'peer.changed', peerId: home });
  }

  /** Why `home` can have nobody of this id, whoever says so: it is ours, or the name of another node itself. */
  #barred(userId: UserId, home: PeerId): ClaimRefusal | null {
    const peer = peerOfUser(userId);
    if (home === this.#localPeer || peer === this.#localPeer) return 'local_author';
    return peer !== null && peer !== home ? 'foreign_author' : null;
  }

  #isFull(home: PeerId): boolean {
    if (this.#users.countOfPeer(home) >= MAX_PEOPLE_PER_PEER) return true;
    return this.#users.countForeign(this.#localPeer) >= MAX_FOREIGN_PEOPLE;
  }

  /** Whether a row is an account of this node or built in: nothing from outside may change it. */
  #isOurs(user: User): boolean {
    if (isBuiltIn(user.id) || user.originPeer === this.#localPeer) return true;
    return (
      user.originPeer === null &&
      (user.passwordHash !== null || user.publicKey !== '' || this.#users.hasKeys(user.id))
    );
  }

  #createShadow(claim: PersonClaim, home: PeerId, now: number): void {
    const name = claim.displayName ? label(claim.displayName, MAX_DISPLAY_NAME) || null : null;
    for (const username of shadowUsernames(name, home, claim.userId)) {
      const made = this.#users.insert({
        id: claim.userId,
        username,
        publicKey: '',
        displayName: name ?? placeholderName(home),
        originPeer: home,
        accountType: claim.accountType ?? 'human',
        now,
      });
      if (!made) continue;
      this.#tellOf(home);
      return;
    }
    throw new WorkspaceError('username_taken', 'No free username for a person of another node');
  }

  /** Names a message brings replace only a placeholder; the account type only when given (03 R11). */
  #namesPatch(user: User, claim: PersonClaim): UserPatch {
    const patch: UserPatch = {};
    const current = user.displayName ?? '';
    const unnamed = current === '' || current.startsWith('peer-') || current === user.id;
    const name = label(claim.displayName ?? '', MAX_DISPLAY_NAME);
    if (name !== '' && unnamed) patch.displayName = name;
    if (claim.accountType && claim.accountType !== user.accountType) patch.accountType = claim.accountType;
    return patch;
  }

  #person(user: User): Person {
    return {
      id: user.id,
      username: user.username,
      displayName: user.displayName ?? user.username,
      accountType: user.accountType,
      status: user.status,
      originPeer: user.originPeer === this.#localPeer ? null : user.originPeer,
      local: this.isLocal(user),
      bio: user.bio,
      avatarFileId: user.avatarFileId,
      createdAt: user.createdAt,
    };
  }
}

/** The user that stands for a whole peer in Messages; the reference's name for an author who gave none. */
export function peerUserId(peer: PeerId): UserId {
  return `${PEER_USER_PREFIX}${peer}` as UserId;
}

/** The peer a {@link peerUserId} stands for, or `null`. */
export function peerOfUser(id: string): PeerId | null {
  const peer = id.startsWith(PEER_USER_PREFIX) ? id.slice(PEER_USER_PREFIX.length) : null;
  return isPeerId(peer) ? peer : null;
}

function isPeerUser(id: UserId): boolean {
  return peerOfUser(id) !== null;
}

function isBuiltIn(id: UserId): boolean {
  return id === SYSTEM_USER || id === LOCAL_USER;
}

function profilePatch(
  changes: ProfileChanges,
  owner: boolean,
  privacy: Record<string, unknown> | null,
): UserPatch {
  const patch: UserPatch = {};
  if (changes.readReceipts !== undefined)
    patch.privacySettings = JSON.stringify({ ...privacy, [READ_RECEIPTS]: changes.readReceipts });
  if (changes.displayName !== undefined)
    patch.displayName = limited(changes.displayName, MAX_DISPLAY_NAME, 'display_name_too_long');
  if (changes.bio !== undefined) patch.bio = limited(changes.bio, MAX_BIO, 'bio_too_long');
  if (changes.avatarFileId !== undefined) patch.avatarFileId = blankToNull(changes.avatarFileId);
  if (changes.accountType !== undefined) patch.accountType = changes.accountType;
  if (changes.themePreference !== undefined) patch.themePreference = changes.themePreference;
  if (changes.agentDirectives !== undefined) {
    if (!owner) throw new WorkspaceError('not_owner', 'Only instance admin can edit agent directives');
    patch.agentDirectives = limited(
      withoutControls(changes.agentDirectives),
      MAX_DIRECTIVES,
      'directives_too_long',
    );
  }
  if (Object.keys(patch).length === 0)
    throw new WorkspaceError('no_profile_fields', 'No profile fields to update');
  return patch;
}

function limited(value: string | null, limit: number, code: string): string | null {
  const text = blankToNull(value);
  if (text !== null && [...text].length > limit)
    throw new WorkspaceError(code, `At most ${limit} characters`);
  return text;
}

function blankToNull(value: string | null): string | null {
  const text = value?.trim() ?? '';
  return text === '' ? null : text;
}

/** Control characters other than line breaks and tabs are removed (04 section 3.2). */
function withoutControls(value: string | null): string | null {
  if (value === null) return null;
  return [...value].filter((point) => point >= ' ' || point === '\n' || point === '\t').join('');
}

/** A place in the list of people: those of this node first, then by name. */
type PersonPlace = readonly [elsewhere: number, name: string, id: string];

function placeOf({ local, displayName, id }: Person): PersonPlace {
  return [local ? 0 : 1, displayName, id];
}

function inOrder(a: PersonPlace, b: PersonPlace): number {
  return a[0] - b[0] || a[1].localeCompare(b[1]) || (a[2] < b[2] ? -1 : Number(a[2] > b[2]));
}
