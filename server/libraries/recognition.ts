/**
 * Who shares what (07 section 2.4). In every session with a peer that knows libraries each side shows one tag per
 * active library among random ones; for each tag it recognises it says who it is in that library. A peer without the key
 * of a library learns nothing, not even how many there are.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { SecureLink, SecureLinks } from '../mesh/secure/types.ts';
import { TokenBucket } from '../mesh/token-bucket.ts';
import type { LibraryRow, LibraryRows } from '../store/libraries.ts';
import type { Log } from '../telemetry/log.ts';
import type { LibraryId, PeerId } from '../wire/ids.ts';
import {
  LIBRARY_ITEM,
  LIBRARY_TAG_BYTES,
  libraryTag,
  MAX_LIBRARY_TAGS,
  memberFrame,
  paddedTags,
  readTags,
} from '../wire/library-frames.ts';
import type { LibraryRole } from '../wire/library-frames.ts';
import { LIBRARY } from '../wire/native-extensions.ts';
import { readJson } from '../wire/secure-frames.ts';
import { MAX_ITEMS_PER_SECOND, MAX_ITEMS_AT_ONCE } from './limits.ts';
import type { LibraryRecords } from './records.ts';
import { sendQuietly } from './sending.ts';

const KNOWN_STATES: ReadonlySet<LibraryRow['state']> = new Set(['active', 'closed', 'revoked']);

export interface RecognitionComponents {
  crypto: CryptoBackend;
  random: Random;
  clock: Clock;
  links: SecureLinks;
  libraries: LibraryRows;
  records: LibraryRecords;
  log: Log;
  /** Whether the tag of a library may be shown in a session (07 section 3.3). */
  mayShow(library: LibraryRow, link: SecureLink): boolean;
}

export class Recognition {
  readonly #c: RecognitionComponents;
  readonly #localPeer: PeerId;
  /** Libraries in which a peer has said who it is, by session. */
  readonly #shown = new WeakMap<SecureLink, Set<LibraryId>>();
  /** Of these, those of which listeners were told. */
  readonly #told = new WeakMap<SecureLink, Set<LibraryId>>();
  readonly #allowance = new WeakMap<SecureLink, TokenBucket>();
  readonly #handlers = new Set<(libraryId: LibraryId, link: SecureLink) => void>();

  constructor(components: RecognitionComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Registers the frames; once. */
  register(): void {
    const { links } = this.#c;
    links.handle(LIBRARY_ITEM.tags, (link, body) => this.#tags(link, body));
    links.handle(LIBRARY_ITEM.member, (link, body) => this.#member(link, body));
  }

  /** A link became admitted to a library. */
  onAdmitted(handler: (libraryId: LibraryId, link: SecureLink) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Whether content and records of an active library go to the peer and come from it. */
  isAdmitted(link: SecureLink, libraryId: LibraryId): boolean {
    if (link.ended || this.#shown.get(link)?.has(libraryId) !== true) return false;
    const { libraries, records } = this.#c;
    if (libraries.get(libraryId)?.state !== 'active') return false;
    return records.rights(libraryId)?.modeOf(link.peerId) !== 'none';
  }

  admitted(libraryId: LibraryId): SecureLink[] {
    return this.#c.links.all().filter((link) => this.isAdmitted(link, libraryId));
  }

  /** Shows the peer one tag per active library, among random ones. */
  show(link: SecureLink): void {
    if (!link.capabilities.includes(LIBRARY)) return;
    const { libraries, crypto, random } = this.#c;
    const tags = libraries
      .list()
      .filter((library) => library.state === 'active' && this.#c.mayShow(library, link))
      .flatMap(({ tagKey }) =>
        tagKey === null ? [] : [libraryTag(crypto, tagKey, link.handshakeHash, ownRole(link))],
      )
      .slice(0, MAX_LIBRARY_TAGS);
    const all = paddedTags(tags.length);
    while (tags.length < all) tags.push(random.bytes(LIBRARY_TAG_BYTES));
    shuffle(tags, random);
    sendQuietly(link, LIBRARY_ITEM.tags, Buffer.concat(tags));
  }

  /** The list of active libraries changed. */
  showAll(): void {
    for (const link of this.#c.links.all()) this.show(link);
  }

  /** The library is no longer here: a session that shows it again begins anew. */
  forget(libraryId: LibraryId): void {
    for (const link of this.#c.links.all()) {
      this.#shown.get(link)?.delete(libraryId);
      this.#told.get(link)?.delete(libraryId);
    }
  }

  /** The peer has proved that it is in the library. */
  recognise(link: SecureLink, libraryId: LibraryId): void {
    setOf(this.#shown, link).add(libraryId);
    this.#tell(link, libraryId);
  }

  /** Rights in a library changed: who was there may be admitted now, and hears of it when it had been removed. */
  review(libraryId: LibraryId): void {
    for (const link of this.#c.links.all()) {
      const wasTold = this.#told.get(link)?.has(libraryId) === true;
      this.#tell(link, libraryId);
      if (!wasTold && this.isAdmitted(link, libraryId)) this.#sayTheirs(link, libraryId);
    }
  }

  #tell(link: SecureLink, libraryId: LibraryId): void {
    const told = setOf(this.#told, link);
    if (!this.isAdmitted(link, libraryId)) {
      if (told.delete(libraryId)) this.#sayRemoved(link, libraryId);
      return;
    }
    if (told.has(libraryId)) return;
    told.add(libraryId);
    for (const handler of [...this.#handlers]) handler(libraryId, link);
  }

  /**
   * Libraries whose members can be recognised: a closed one, so that they hear of it (deviation D-145), and one this node
   * was removed from, so that it hears when it is a member again.
   */
  #known(link: SecureLink): (LibraryRow & { tagKey: Uint8Array })[] {
    return this.#c.libraries
      .list()
      .filter((one): one is LibraryRow & { tagKey: Uint8Array } => one.tagKey !== null)
      .filter((one) => KNOWN_STATES.has(one.state) && this.#c.mayShow(one, link));
  }

  #theirTag(link: SecureLink, tagKey: Uint8Array): string {
    const role = ownRole(link) === 'initiator' ? 'responder' : 'initiator';
    return toHex(libraryTag(this.#c.crypto, tagKey, link.handshakeHash, role));
  }

  #tags(link: SecureLink, body: Uint8Array): void {
    const tags = readTags(body);
    if (!this.#takes(link)) return;
    for (const library of this.#known(link))
      if (tags.has(this.#theirTag(link, library.tagKey))) this.#introduce(link, library);
  }

  /** Says who this node is in a library the peer knows, or that the peer was removed, and then nothing else. */
  #introduce(link: SecureLink, { id, tagKey }: LibraryRow & { tagKey: Uint8Array }): void {
    const { records, crypto } = this.#c;
    const rights = records.rights(id);
    if (rights?.library == null) return;
    const tag = toHex(libraryTag(crypto, tagKey, link.handshakeHash, ownRole(link)));
    const theirs = rights.members.get(link.peerId);
    const frame =
      theirs?.mode === 'none'
        ? { tag, revoked: theirs }
        : { tag, library: rights.library, member: rights.members.get(this.#localPeer) ?? null };
    sendQuietly(link, LIBRARY_ITEM.member, utf8(JSON.stringify(frame)));
  }

  /** Gives a member its own record, which it has not: it was removed, or may do something else now. */
  #sayTheirs(link: SecureLink, libraryId: LibraryId): void {
    const { libraries, records, crypto } = this.#c;
    const tagKey = libraries.get(libraryId)?.tagKey ?? null;
    const rights = records.rights(libraryId);
    const member = rights?.members.get(link.peerId);
    if (tagKey === null || rights?.library == null || member === undefined || member.mode === 'none') return;
    const tag = toHex(libraryTag(crypto, tagKey, link.handshakeHash, ownRole(link)));
    const frame = { tag, library: rights.library, member };
    sendQuietly(link, LIBRARY_ITEM.member, utf8(JSON.stringify(frame)));
  }

  /** Who was removed while connected hears of it at once. */
  #sayRemoved(link: SecureLink, libraryId: LibraryId): void {
    const { libraries, records } = this.#c;
    const library = libraries.get(libraryId);
    if (link.ended || library?.state !== 'active' || library.tagKey === null) return;
    if (records.rights(libraryId)?.members.get(link.peerId)?.mode !== 'none') return;
    this.#introduce(link, { ...library, tagKey: library.tagKey });
  }

  #member(link: SecureLink, body: Uint8Array): void {
    const frame = readJson(body, memberFrame);
    if (!this.#takes(link)) return;
    const library = this.#known(link).find(({ tagKey }) => this.#theirTag(link, tagKey) === frame.tag);
    if (library === undefined) return;
    if (frame.revoked !== undefined) {
      this.#c.records.merge(library.id, [frame.revoked]);
      return;
    }
    const given = [frame.library, frame.member].filter((record) => record !== null && record !== undefined);
    const outcomes = this.#c.records.merge(library.id, given);
    this.recognise(link, library.id);
    // Deviation D-150: what it shows of itself is older than what is known of it here.
    if (frame.member != null && outcomes.at(-1) === 'older') this.#sayTheirs(link, library.id);
  }

  #takes(link: SecureLink): boolean {
    const now = this.#c.clock.monotonic();
    let bucket = this.#allowance.get(link);
    if (bucket === undefined)
      this.#allowance.set(link, (bucket = new TokenBucket(MAX_ITEMS_AT_ONCE, MAX_ITEMS_PER_SECOND, now)));
    return bucket.take(1, now);
  }
}

function ownRole(link: SecureLink): LibraryRole {
  return link.outbound ? 'initiator' : 'responder';
}

function setOf(map: WeakMap<SecureLink, Set<LibraryId>>, link: SecureLink): Set<LibraryId> {
  let set = map.get(link);
  if (set === undefined) map.set(link, (set = new Set()));
  return set;
}

/** Where a real tag stands must tell nothing, so the order is made of random bytes. */
function shuffle(tags: Uint8Array[], random: Random): void {
  const keyed = tags.map((tag) => ({ tag, key: toHex(random.bytes(8)) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).forEach(({ tag }, i) => (tags[i] = tag));
}
