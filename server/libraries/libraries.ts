/**
 * The libraries of this node (07 section 2): made, joined, left and closed here, with who shares them now. What they
 * replicate is done by the parts beside this one, which see it as {@link LibraryView}.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { SecureLink } from '../mesh/secure/types.ts';
import type { Ports } from '../ports/types.ts';
import type { Store } from '../store/database.ts';
import type { LibraryRow } from '../store/libraries.ts';
import type { LibraryTicket } from '../store/library-tickets.ts';
import type { StoredRecord } from '../store/library-records.ts';
import type { Repositories } from '../store/repositories.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { Log } from '../telemetry/log.ts';
import { toHex } from '../crypto/bytes.ts';
import type { AssetFilter } from '../wire/assets.ts';
import { encodeBase58 } from '../wire/base58.ts';
import type { AssetHash, LibraryId, PeerId, TicketId } from '../wire/ids.ts';
import { signRecord } from '../wire/library-records.ts';
import type { LibraryRecord, MemberMode } from '../wire/library-records.ts';
import { LIBRARY } from '../wire/native-extensions.ts';
import { derivePeerId } from '../wire/peer-id.ts';
import { decodeTicket } from '../wire/library-tickets.ts';
import { LibraryError } from './errors.ts';
import { Introducing } from './introducing.ts';
import { Joining } from './joining.ts';
import { Members } from './members.ts';
import { addressOf } from './peer-address.ts';
import { Recognition } from './recognition.ts';
import { isMeetingLibrary } from './meeting/secrets.ts';
import { LibraryRecords } from './records.ts';
import type { RecordsChange } from './records.ts';
import { Tickets } from './tickets.ts';
import type { TicketWish } from './tickets.ts';
import type { LibraryAsset, LibraryView, Meetings, MeetingSecrets } from './types.ts';

const SECRET_BYTES = 32;
const UUID_BYTES = 16;

export interface LibrariesComponents {
  crypto: CryptoBackend;
  ports: Pick<Ports, 'clock' | 'timers' | 'random'>;
  store: Pick<Store, 'commit'>;
  repositories: Pick<Repositories, 'libraries' | 'libraryRecords' | 'libraryTickets' | 'peerSecurity'>;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  mesh: Mesh;
  bus: EventBus;
  log: Log;
}

/** A library with what its records say; `record` is `null` while joining. */
export interface LibraryState {
  library: LibraryRow;
  record: LibraryRecord | null;
  role: 'owner' | 'member';
  mode: MemberMode;
  /** While there is no record: what the ticket says. */
  announced: { name: string; filter: AssetFilter } | null;
  /** Living assets and their bytes, and what of them is not here. */
  assets: number;
  bytes: number;
  pending: number;
  pendingBytes: number;
  /** Admitted peers connected now. */
  peers: PeerId[];
}

export class Libraries implements LibraryView {
  readonly records: LibraryRecords;
  readonly #c: LibrariesComponents;
  readonly #recognition: Recognition;
  readonly #joining: Joining;
  readonly #introducing: Introducing;
  readonly #tickets: Tickets;
  readonly #members: Members;
  readonly #wanted = new Set<(libraryId: LibraryId, fresh?: readonly LibraryAsset[]) => void>();
  readonly #ends: (() => void)[] = [];
  #meetings: { meetings: Meetings; libraryId: LibraryId } | null = null;
  #started = false;

  constructor(components: LibrariesComponents) {
    const { identity, repositories, mesh, ports, crypto, knownPeers } = components;
    this.#c = components;
    const { libraries, libraryRecords: rows, libraryTickets: tickets } = repositories;
    this.records = new LibraryRecords(
      { crypto, clock: ports.clock, store: components.store, libraries, rows },
      { self: { peerId: identity.peerId, seed: identity.ed25519.privateKey } },
    );
    const parts = { ...components, ...ports, links: mesh.links, libraries, records: this.records, tickets };
    const self = { localPeer: identity.peerId };
    this.#recognition = new Recognition(
      { ...parts, mayShow: (library, link) => this.#mayShow(library, link) },
      self,
    );
    this.#joining = new Joining(
      {
        ...parts,
        keyOf: (peer) => knownPeers.get(peer)?.ed25519PublicKey ?? null,
        addressOf: (peer) => addressOf(mesh.peerInfo(peer)),
        changed: (library) => this.#changed(library.id),
        recognised: (library, link) => this.#recognition.recognise(link, library.id),
      },
      self,
    );
    const { ed25519, x25519 } = identity;
    const keys = { ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
    this.#introducing = new Introducing(
      { ...parts, recognition: this.#recognition, dialler: mesh },
      { ...self, keys },
    );
    this.#tickets = new Tickets({
      ...components,
      records: this.records,
      owned: (libraryId) => this.#owned(libraryId),
      mine: (libraryId) => void this.#mine(libraryId),
      changed: (libraryId) => this.#changed(libraryId),
      ask: (link) => this.#joining.ask(link),
    });
    this.#members = new Members({ records: this.records, timers: ports.timers });
    this.#recognition.register();
    this.#joining.register();
    this.#introducing.register();
  }

  /** Begins to show libraries to peers. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const { links } = this.#c.mesh;
    this.#ends.push(
      links.onOpen((link) => this.#opened(link)),
      this.records.onChange((change) => this.#recordsChanged(change)),
      this.#recognition.onAdmitted((libraryId, link) => this.#introducing.admitted(libraryId, link)),
    );
    this.#leaveOldMeetings();
    for (const link of links.all()) this.#opened(link);
    for (const { state, owner } of this.#c.repositories.libraries.list())
      if (state === 'joining') void this.#c.mesh.attempt(owner);
  }

  /** Idempotent. */
  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#joining.stop();
    this.#started = false;
  }

  // What other parts see

  admitted(libraryId: LibraryId): SecureLink[] {
    return this.#recognition.admitted(libraryId);
  }

  isAdmitted(link: SecureLink, libraryId: LibraryId): boolean {
    return this.#recognition.isAdmitted(link, libraryId);
  }

  living(libraryId: LibraryId, hash: AssetHash): LibraryAsset | null {
    if (!this.#isActive(libraryId)) return null;
    const stored = this.records.rows.get(libraryId, 'asset', hash);
    return stored === undefined ? null : assetOf(stored);
  }

  wanted(libraryId: LibraryId, after: AssetHash | null, limit: number): LibraryAsset[] {
    if (!this.#isActive(libraryId)) return [];
    return this.records.rows
      .wanted(libraryId, after, limit)
      .map(assetOf)
      .filter((asset) => asset !== null);
  }

  active(): LibraryId[] {
    return this.#c.repositories.libraries
      .list()
      .filter(({ state }) => state === 'active')
      .map(({ id }) => id);
  }

  onWanted(handler: (libraryId: LibraryId, fresh?: readonly LibraryAsset[]) => void): () => void {
    this.#wanted.add(handler);
    return () => this.#wanted.delete(handler);
  }

  onAdmitted(handler: (libraryId: LibraryId, link: SecureLink) => void): () => void {
    return this.#recognition.onAdmitted(handler);
  }

  /** Peers that are connected and know of libraries, with those that each shares. */
  connected(): { link: SecureLink; shared: LibraryId[] }[] {
    return this.#c.mesh.links
      .all()
      .filter(({ capabilities }) => capabilities.includes(LIBRARY))
      .map((link) => ({ link, shared: this.active().filter((id) => this.isAdmitted(link, id)) }));
  }

  // What people do

  list(): LibraryState[] {
    return this.#c.repositories.libraries.list().map((library) => this.#state(library));
  }

  /** @throws {LibraryError} `library_not_found`. */
  get(libraryId: LibraryId): LibraryState {
    return this.#state(this.#row(libraryId));
  }

  /** Makes a library of this node. */
  create(name: string, filter: AssetFilter): LibraryState {
    const { repositories, ports, identity } = this.#c;
    const id = newLibraryId(ports.random.bytes(UUID_BYTES));
    const now = ports.clock.now();
    this.records.together(() => {
      repositories.libraries.put({
        id,
        owner: identity.peerId,
        tagKey: ports.random.bytes(SECRET_BYTES),
        state: 'active',
        reason: null,
        joinedAt: now,
        ticket: null,
      });
      const [outcome] = this.records.write(id, [
        {
          kind: 'library',
          key: 'library',
          owner_key: encodeBase58(identity.ed25519.publicKey),
          name,
          filter,
          created_at: now,
          closed: false,
        },
      ]);
      if (outcome !== 'stored') throw new LibraryError('library_too_large', 'name and filter are too large');
    });
    this.#recognition.showAll();
    this.#changed(id);
    return this.get(id);
  }

  /**
   * Gives a library of this node another name or filter; `closed` closes it for everybody.
   * @throws {LibraryError} `library_not_found`, `not_library_owner`, `library_not_active`, `library_too_large`.
   */
  change(libraryId: LibraryId, change: { name?: string; filter?: AssetFilter; closed?: true }): LibraryState {
    const record = this.#owned(libraryId);
    const { owner_key, name, filter, created_at, closed } = record;
    const [outcome] = this.records.write(libraryId, [
      { kind: 'library', key: 'library', owner_key, name, filter, created_at, closed, ...change },
    ]);
    if (outcome !== 'stored') throw new LibraryError('library_too_large', 'name and filter are too large');
    return this.get(libraryId);
  }

  /**
   * Leaves a library, or closes one of this node for everybody; a closed one of this node is then forgotten. Assets stay.
   * @throws {LibraryError} `library_not_found`, `close_required`.
   */
  remove(libraryId: LibraryId, close: boolean): 'left' | 'closed' {
    const library = this.#row(libraryId);
    if (library.owner === this.#c.identity.peerId && library.state === 'active') {
      if (!close)
        throw new LibraryError('close_required', 'this closes the library for everybody; say ?close=1');
      this.change(libraryId, { closed: true });
      return 'closed';
    }
    this.records.together(() => {
      this.records.forget(libraryId);
      this.#c.repositories.libraryTickets.deleteLibrary(libraryId);
      this.#c.repositories.libraries.delete(libraryId);
    });
    this.#recognition.forget(libraryId);
    this.#recognition.showAll();
    this.#changed(libraryId);
    return 'left';
  }

  /**
   * Makes a ticket.
   * @throws {LibraryError} `library_not_found`, `not_library_owner`, `library_not_active`, `meeting_library`.
   */
  invite(libraryId: LibraryId, wish: TicketWish): { ticket: string; ticketId: TicketId } {
    if (this.#meetings?.libraryId === libraryId)
      throw new LibraryError(
        'meeting_library',
        'who knows the passphrase is in this library; there are no tickets',
      );
    return this.#tickets.make(libraryId, wish);
  }

  /** @throws {LibraryError} `library_not_found`, `not_library_owner`. */
  tickets(libraryId: LibraryId): LibraryTicket[] {
    return this.#tickets.list(libraryId);
  }

  /** Members that joined with it stay. @throws {LibraryError} also `ticket_not_found`. */
  revokeTicket(libraryId: LibraryId, ticketId: TicketId): void {
    this.#tickets.revoke(libraryId, ticketId);
  }

  /**
   * Joins the library of a ticket; it is `joining` until its owner has answered.
   * @throws {LibraryError} `invalid_ticket`, `expired_ticket`, `other_library_owner`.
   */
  join(text: string): LibraryState {
    return this.get(this.#tickets.join(text));
  }

  /** Members by their records, those that were removed included. @throws {LibraryError} `library_not_found`. */
  members(
    libraryId: LibraryId,
  ): { peerId: PeerId; mode: MemberMode | 'owner'; connected: boolean; records: number }[] {
    const library = this.#row(libraryId);
    const rights = this.records.rights(libraryId);
    const shares = this.records.rows.shares(libraryId);
    const connected = new Set(this.admitted(libraryId).map(({ peerId }) => peerId));
    const all: [PeerId, MemberMode | 'owner'][] = [[library.owner, 'owner']];
    for (const [peer, { mode }] of rights?.members ?? []) all.push([peer, mode]);
    return all.map(([peerId, mode]) => ({
      peerId,
      mode,
      connected: peerId === this.#c.identity.peerId || connected.has(peerId),
      records: shares.get(peerId) ?? 0,
    }));
  }

  /**
   * Changes what a member may do; `none` removes it.
   * @param adopt what it wrote becomes this node's when it may no longer write.
   * @throws {LibraryError} `library_not_found`, `not_library_owner`, `library_not_active`, `member_not_found`.
   */
  async setMode(libraryId: LibraryId, peer: PeerId, mode: MemberMode, adopt = true): Promise<void> {
    this.#owned(libraryId);
    await this.#members.setMode(libraryId, peer, mode, adopt);
  }

  /**
   * Removes an asset from a library for everybody.
   * @throws {LibraryError} `library_not_found`, `library_not_active`, `library_read_only`, `asset_not_in_library`.
   */
  removeAsset(libraryId: LibraryId, hash: AssetHash): void {
    if (this.#row(libraryId).state !== 'active')
      throw new LibraryError('library_not_active', 'the library is not active');
    if (this.records.rights(libraryId)?.mayWrite(this.#c.identity.peerId) !== true)
      throw new LibraryError('library_read_only', 'this node may only read in the library');
    if (this.living(libraryId, hash) === null)
      throw new LibraryError('asset_not_in_library', 'the asset is not in the library');
    this.records.write(libraryId, [{ kind: 'asset', key: hash, deleted: true }]);
  }

  /** Opens the library of who knows the passphrase (07 section 3.3). */
  meet(secrets: MeetingSecrets, meetings: Meetings): void {
    const { crypto, identity, repositories, ports } = this.#c;
    const ownerKey = crypto.ed25519PublicKey(secrets.ownerSeed);
    const owner = derivePeerId(crypto, ownerKey);
    const id = secrets.libraryId;
    this.#meetings = { meetings, libraryId: id };
    const unsigned = {
      v: 1,
      kind: 'library',
      library_id: id,
      key: 'library',
      author: owner,
      ts: 0,
      owner_key: encodeBase58(ownerKey),
      name: 'Shared',
      filter: secrets.filter,
      created_at: 0,
      closed: false,
    } as const;
    this.records.together(() => {
      const row = { id, owner, tagKey: secrets.tagKey, state: 'active', reason: null, ticket: null } as const;
      if (repositories.libraries.get(id) === undefined)
        repositories.libraries.put({ ...row, joinedAt: ports.clock.now() });
      this.records.merge(id, [signRecord(crypto, secrets.ownerSeed, unsigned)]);
      if (this.records.rights(id)?.modeOf(identity.peerId) !== 'none') return;
      this.records.write(
        id,
        [
          {
            kind: 'member',
            key: identity.peerId,
            ed25519_public_key: encodeBase58(identity.ed25519.publicKey),
            mode: 'write',
            ticket_id: null,
          },
        ],
        { peerId: owner, seed: secrets.ownerSeed },
      );
    });
    this.#ends.push(meetings.onMet((link) => this.#recognition.show(link)));
    this.#changed(id);
  }

  /** The library of another passphrase or filter: nobody meets for it any more, and its tag could be guessed offline. */
  #leaveOldMeetings(): void {
    for (const { id } of this.#c.repositories.libraries.list())
      if (isMeetingLibrary(id) && id !== this.#meetings?.libraryId) this.remove(id, false);
  }

  #opened(link: SecureLink): void {
    this.#recognition.show(link);
    this.#joining.ask(link);
  }

  #mayShow(library: LibraryRow, link: SecureLink): boolean {
    return this.#meetings?.libraryId !== library.id || this.#meetings.meetings.hasMet(link);
  }

  #recordsChanged({ libraryId, rights, own, stored }: RecordsChange): void {
    if (rights) {
      this.#follow(libraryId);
      this.#recognition.review(libraryId);
      this.#introducing.review(libraryId);
    }
    // What is written here is of what is here.
    const fresh = own ? [] : stored.map(assetOf).filter((asset) => asset !== null);
    this.#changed(libraryId, rights ? undefined : fresh);
  }

  /** The state here follows what the owner's records say. */
  #follow(libraryId: LibraryId): void {
    const { repositories, identity } = this.#c;
    const library = repositories.libraries.get(libraryId);
    const rights = this.records.rights(libraryId);
    if (library === undefined || rights?.library == null) return;
    if (library.state !== 'active' && library.state !== 'revoked') return;
    const isRemoved = rights.modeOf(identity.peerId) === 'none';
    const state = rights.library.closed ? 'closed' : isRemoved ? 'revoked' : 'active';
    if (state === library.state) return;
    this.records.together(() => repositories.libraries.setState(libraryId, state, null));
    this.#recognition.showAll();
  }

  #changed(libraryId: LibraryId, fresh?: readonly LibraryAsset[]): void {
    this.#c.bus.publish({ type: 'library.changed', libraryId });
    if (fresh?.length === 0 || !this.#isActive(libraryId)) return;
    for (const handler of [...this.#wanted]) handler(libraryId, fresh);
  }

  #isActive(libraryId: LibraryId): boolean {
    return this.#c.repositories.libraries.get(libraryId)?.state === 'active';
  }

  #row(libraryId: LibraryId): LibraryRow {
    const library = this.#c.repositories.libraries.get(libraryId);
    if (library === undefined) throw new LibraryError('library_not_found', 'there is no such library');
    return library;
  }

  #mine(libraryId: LibraryId): LibraryRow {
    const library = this.#row(libraryId);
    if (library.owner !== this.#c.identity.peerId)
      throw new LibraryError('not_library_owner', "only the owner's node can do this");
    return library;
  }

  /** The record of an active library of this node. */
  #owned(libraryId: LibraryId): LibraryRecord {
    const { state, owner } = this.#row(libraryId);
    if (owner !== this.#c.identity.peerId)
      throw new LibraryError('not_library_owner', "only the owner's node can invite and change");
    const record = this.records.rights(libraryId)?.library ?? null;
    if (state !== 'active' || record === null)
      throw new LibraryError('library_not_active', 'the library is not active');
    return record;
  }

  #state(library: LibraryRow): LibraryState {
    const { rows } = this.records;
    const rights = this.records.rights(library.id);
    const mode = rights?.modeOf(this.#c.identity.peerId) ?? 'none';
    const missing = rows.missing(library.id);
    const ticket = library.ticket === null ? null : decodeTicket(this.#c.crypto, library.ticket).ticket;
    return {
      library,
      record: rights?.library ?? null,
      role: library.owner === this.#c.identity.peerId ? 'owner' : 'member',
      mode: mode === 'owner' ? 'write' : (ticket?.mode ?? mode),
      announced: ticket === null ? null : { name: ticket.library_name, filter: ticket.filter },
      ...rows.totals(library.id),
      pending: missing.assets,
      pendingBytes: missing.bytes,
      peers: this.admitted(library.id).map(({ peerId }) => peerId),
    };
  }
}

function assetOf({ record }: StoredRecord): LibraryAsset | null {
  if (record.kind !== 'asset' || record.deleted) return null;
  const { library_id: libraryId, key: hash, size, chunks, meta, author, ts } = record;
  return { libraryId, hash, size, chunks, meta, author, ts };
}

/** A random UUID of version 4. */
function newLibraryId(random: Uint8Array): LibraryId {
  const bytes = Uint8Array.from(random);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = toHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  ) as LibraryId;
}
