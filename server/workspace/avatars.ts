/**
 * Pictures of people (03 sections 4.4 and 4.5): those of accounts here are made small for cards and lists, those that
 * cards of other nodes bring are checked, made anew and kept as a file of that person. Each is shown as the small JPEG
 * made here, never as it came.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex } from '../crypto/bytes.ts';
import type { Clock } from '../ports/types.ts';
import type { FileBytes } from '../store/file-bytes.ts';
import type { FileRows, StoredFile } from '../store/files.ts';
import type { Users } from '../store/users.ts';
import type { FileId, UserId } from '../wire/ids.ts';
import { MAX_CARD_AVATAR, cardPicture } from './avatar-image.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import { isThumbnailed } from './file-types.ts';
import type { Files } from './files.ts';
import type { Uploads } from './uploads.ts';

/** Largest file somebody here can take as their picture (03 section 4.4). */
export const MAX_AVATAR_FILE = 5 * 1024 * 1024;
/** Pictures kept in memory, and bytes of them together. */
const MAX_KEPT = 1_000;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const AVATAR_TYPE = 'image/jpeg';

/** A picture to show. */
export interface Avatar {
  /** JPEG, at most 64 KiB. */
  bytes: Uint8Array;
  /** Changes with the picture. */
  etag: string;
}

export interface AvatarsComponents {
  users: Users;
  rows: FileRows;
  bytes: FileBytes;
  files: Files;
  uploads: Uploads;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
}

export class Avatars {
  readonly #c: AvatarsComponents;
  /** By file; null where no picture can be made of it. */
  readonly #kept = new Map<FileId, Avatar | null>();
  #keptBytes = 0;
  /** One at a time: decoding takes a core and tens of megabytes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(components: AvatarsComponents) {
    this.#c = components;
  }

  /** The picture of a person; null without any. */
  async of(userId: UserId): Promise<Avatar | null> {
    const file = this.#fileOf(userId);
    if (file === undefined) return null;
    const kept = this.#kept.get(file.id);
    if (kept !== undefined) return kept;
    const made = await this.#inTurn(() => this.#make(file));
    this.#keep(file.id, made);
    return made;
  }

  /**
   * Whether somebody can take a file as their picture.
   * @throws {WorkspaceError} `avatar_file_invalid`: no picture of theirs, or too large.
   */
  check(userId: UserId, id: FileId): void {
    const file = this.#c.rows.get(id);
    // A file of somebody else would become everybody's through the card.
    if (file?.uploadedBy !== userId || !isThumbnailed(file.contentType) || file.size > MAX_AVATAR_FILE)
      throw new WorkspaceError(
        'avatar_file_invalid',
        'The avatar must be a picture of at most 5 MiB that you uploaded',
      );
  }

  /**
   * Takes in the picture of a card that holds for this person of another node; resolves when it is kept.
   * @param base64 null: the card has none, and what was there goes.
   * @returns whether anything changed; a picture that is none changes nothing.
   */
  async receive(userId: UserId, base64: string | null): Promise<boolean> {
    const before = this.#fileOf(userId);
    if (base64 === null) return before === undefined ? false : this.#replace(userId, before, null);
    const input = Buffer.from(base64, 'base64');
    if (input.length > MAX_CARD_AVATAR) return false;
    const picture = await this.#inTurn(() => cardPicture(input));
    if (picture === null || toHex(this.#c.crypto.sha256(picture)) === before?.checksum) return false;
    const username = this.#c.users.get(userId)?.username;
    if (username === undefined) return false;
    const upload = await this.#c.uploads.beginReceived();
    try {
      await upload.write(picture);
      const file = await upload.finishAny({ name: `avatar_${username}.jpg`, type: AVATAR_TYPE }, userId);
      return await this.#replace(userId, before, file.id);
    } finally {
      await upload.discard();
    }
  }

  async #replace(
    userId: UserId,
    before: StoredFile | undefined,
    avatarFileId: FileId | null,
  ): Promise<boolean> {
    await this.#c.changes.run(() => this.#c.users.update(userId, { avatarFileId }, this.#c.clock.now()));
    if (before !== undefined) await this.#c.files.remove(before);
    return true;
  }

  /** The file of a picture; only one of their own. */
  #fileOf(userId: UserId): StoredFile | undefined {
    const id = this.#c.users.get(userId)?.avatarFileId ?? null;
    const file = id === null ? undefined : this.#c.rows.get(id as FileId);
    return file?.uploadedBy === userId ? file : undefined;
  }

  async #make(file: StoredFile): Promise<Avatar | null> {
    const place = this.#c.bytes.find(file);
    if (place === null || file.size > MAX_AVATAR_FILE || !isThumbnailed(file.contentType)) return null;
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of this.#c.bytes.read(place)) chunks.push(chunk as Buffer);
      const bytes = await cardPicture(Buffer.concat(chunks));
      return bytes === null ? null : { bytes, etag: `"${toHex(this.#c.crypto.sha256(bytes)).slice(0, 32)}"` };
    } catch {
      return null;
    }
  }

  #keep(id: FileId, avatar: Avatar | null): void {
    this.#keptBytes += avatar?.bytes.length ?? 0;
    if (this.#kept.size >= MAX_KEPT || this.#keptBytes > MAX_KEPT_BYTES) {
      this.#kept.clear();
      this.#keptBytes = avatar?.bytes.length ?? 0;
    }
    this.#kept.set(id, avatar);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
