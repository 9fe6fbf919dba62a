/**
 * What the parts of this room say to each other, and what the rooms above see of them (07). Content is an asset, named
 * by its hash; a library is a set of assets that several nodes share.
 */
import type { SecureLink } from '../mesh/secure/types.ts';
import type { AssetFilter, AssetMeta } from '../wire/assets.ts';
import type { AssetHash, LibraryId, PeerId } from '../wire/ids.ts';

export type { AssetFilter, AssetMeta };

/** An asset that is here. */
export interface Asset extends AssetMeta {
  hash: AssetHash;
  /** Bytes. */
  size: number;
}

/**
 * What happened to an asset here. `local`: by a person or program of this node, `false`: by a library. `restored`: it is
 * no longer hidden, and not here yet.
 */
export interface AssetChange {
  kind: 'added' | 'changed' | 'removed' | 'restored';
  hash: AssetHash;
  local: boolean;
}

/** The bytes of an asset, open; they may be encrypted on the disk, so nobody reads the file itself. */
export interface AssetBytes {
  /** Up to `length` bytes from `offset`; fewer at the end only. @param room of that length, where they may be put. */
  read(offset: number, length: number, room?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Content that a library brought: in a file, or, where it is small, in memory. */
export type AdoptedContent = ({ file: string } | { bytes: Uint8Array }) & {
  chunkHashes: Uint8Array;
  /** When its metadata last changed, Unix ms. */
  changedAt: number;
};

/** The assets of this node, as libraries and transfers use them; the store itself is `assets/`. */
export interface Assets {
  get(hash: AssetHash): Asset | null;
  /** Deleted here by a person, and not to come back by a library. */
  isHidden(hash: AssetHash): boolean;
  /** When its metadata last changed here, Unix ms; `null` when it is not here. */
  changedAt(hash: AssetHash): number | null;
  /** Whether a person or program of this node ingested it, as opposed to a library alone. */
  isLocal(hash: AssetHash): boolean;
  /** Assets that match, in pages by hash: those after `after`, at most `limit`. */
  matching(filter: AssetFilter, after: AssetHash | null, limit: number): Asset[];
  /** How many match now, and their bytes. */
  count(filter: AssetFilter): { assets: number; bytes: number };
  /** The hashes of its chunks of 1 MiB, 32 bytes each (07 section 3.2); `null` when it is not here. */
  chunkHashes(hash: AssetHash): Uint8Array | null;
  /** Its bytes; the caller closes them. `null` when it is not here. */
  open(hash: AssetHash): Promise<AssetBytes | null>;
  /** Where partial content lies while it comes: `assets/.partial/<hash>`; the folder exists. */
  partialFile(hash: AssetHash): string;
  /**
   * Takes in content that a library brought and that was verified against its hash: fsync, rename, row.
   * @throws an `AssetError` `disk_full` when it would leave too little room.
   */
  adopt(asset: Asset, content: AdoptedContent): Promise<void>;
  /** Metadata as a library's record has it, of a time. */
  follow(hash: AssetHash, meta: AssetMeta, changedAt: number): Promise<void>;
  /** Removes bytes and row of an asset that came by a library alone; it is not hidden. */
  drop(hash: AssetHash): Promise<void>;
  /**
   * Whether an asset of `bytes` may be taken: the limit of one asset, and the room that stays free on the disk.
   * @param besides bytes of others that are coming, 0 unless given.
   */
  hasRoom(bytes: number, besides?: number): Promise<boolean>;
  /** Told after the commit. The returned function ends it. */
  onChange(handler: (change: AssetChange) => void): () => void;
}

/** A living asset record of a library, not deleted, as transfers need it. */
export interface LibraryAsset {
  libraryId: LibraryId;
  hash: AssetHash;
  size: number;
  /** 07 section 3.2, hex. */
  chunks: string;
  meta: AssetMeta;
  author: PeerId;
  /** Of the record, Unix ms. */
  ts: number;
}

/** What transfers need to know of libraries; `Libraries` is it. */
export interface LibraryView {
  /** Secure links to peers admitted to an active library (07 section 2.4). */
  admitted(libraryId: LibraryId): SecureLink[];
  isAdmitted(link: SecureLink, libraryId: LibraryId): boolean;
  /** The living record of a hash in an active library that is not deleted. */
  living(libraryId: LibraryId, hash: AssetHash): LibraryAsset | null;
  /** What is in an active library and neither here nor hidden: in pages by hash. */
  wanted(libraryId: LibraryId, after: AssetHash | null, limit: number): LibraryAsset[];
  /** Active libraries. */
  active(): LibraryId[];
  /** Something may be wanted now: a library became active, or records came, of which `fresh` are then all. */
  onWanted(handler: (libraryId: LibraryId, fresh?: readonly LibraryAsset[]) => void): () => void;
  /** A link became admitted to a library. */
  onAdmitted(handler: (libraryId: LibraryId, link: SecureLink) => void): () => void;
}

/** How far the content of a library is here, as the API and page show it. */
export interface TransferProgress {
  /** Assets of living records, and how many of them are not here. */
  pending: number;
  pendingBytes: number;
  /** Under way now: what of which asset is here, verified. */
  active: { hash: AssetHash; filename: string | null; size: number; have: number; from: PeerId[] }[];
  /** Over the last seconds. */
  bytesPerSecond: number;
}

/** Bytes of library content exchanged with a peer since the node started. */
export interface PeerTraffic {
  in: number;
  out: number;
}

/** The meeting by passphrase as libraries see it (07 section 3.3). */
export interface Meetings {
  /** Whether the run of this session has succeeded: only then is the tag of the meeting library shown. */
  hasMet(link: SecureLink): boolean;
  onMet(handler: (link: SecureLink) => void): () => void;
}

/** Secrets of the meeting library, all from the passphrase (07 section 3.3). */
export interface MeetingSecrets {
  libraryId: LibraryId;
  tagKey: Uint8Array;
  /** Ed25519 seed; every node that knows the passphrase holds it. */
  ownerSeed: Uint8Array;
  filter: AssetFilter;
}
