/** What the tests of libraries share: records of peers, and a node's records in memory. */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { LibraryRecords } from '../../server/libraries/records.ts';
import type { RecordBody } from '../../server/libraries/records.ts';
import type { AssetFilter, AssetMeta } from '../../server/wire/assets.ts';
import type { AssetHash, LibraryId, PeerId } from '../../server/wire/ids.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import { signRecord } from '../../server/wire/library-records.ts';
import type { AnyRecord, UnsignedRecord } from '../../server/wire/library-records.ts';
import { memoryStore, TestPorts } from '../store/support.ts';
import type { testPeer } from '../wire/support.ts';

export const LIBRARY = '00000000-0000-4000-8000-000000000001' as LibraryId;
export type TestPeer = ReturnType<typeof testPeer>;

/** A record of `author`. */
export function recordBy(author: TestPeer, ts: number, body: RecordBody, library = LIBRARY): AnyRecord {
  const record = { ...body, v: 1, library_id: library, author: author.peerId, ts } as UnsignedRecord;
  return signRecord(nativeCrypto, author.ed25519.privateKey, record);
}

export function libraryBody(owner: TestPeer, filter: AssetFilter = {}, closed = false): RecordBody {
  return {
    kind: 'library',
    key: 'library',
    owner_key: encodeBase58(owner.ed25519.publicKey),
    name: 'Pictures',
    filter,
    created_at: 1,
    closed,
  };
}

export function memberBody(member: TestPeer, mode: 'read' | 'write' | 'none'): RecordBody {
  return {
    kind: 'member',
    key: member.peerId,
    ed25519_public_key: encodeBase58(member.ed25519.publicKey),
    mode,
    ticket_id: null,
  };
}

export function hashOf(n: number): AssetHash {
  return n.toString(16).padStart(64, '0') as AssetHash;
}

export function metaBy(peer: PeerId, application: string | null = null): AssetMeta {
  return {
    mime_type: 'image/png',
    filename: 'a.png',
    application,
    tags: [],
    user: null,
    description: null,
    timestamp: 1,
    origin_peer: peer,
  };
}

export function assetBody(n: number, author: TestPeer, application: string | null = null): RecordBody {
  return {
    kind: 'asset',
    key: hashOf(n),
    deleted: false,
    size: n,
    chunks: hashOf(n),
    meta: metaBy(author.peerId, application),
  };
}

/** The records of a node that is in {@link LIBRARY}, in memory. */
export function recordsOf(self: TestPeer, owner: PeerId) {
  const ports = new TestPorts();
  const { store, rows: repositories } = memoryStore(ports);
  const { libraries, libraryRecords: rows } = repositories;
  libraries.put({
    id: LIBRARY,
    owner,
    tagKey: new Uint8Array(32),
    state: 'active',
    reason: null,
    joinedAt: 1,
    ticket: null,
  });
  const records = new LibraryRecords(
    { crypto: nativeCrypto, clock: ports.clock, store, libraries, rows },
    { self: { peerId: self.peerId, seed: self.ed25519.privateKey } },
  );
  return { records, rows, libraries, store, ports, repositories };
}
