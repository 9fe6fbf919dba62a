/**
 * Uploads that go on after a lost connection or a restart (05 section 10.7, F-2). The client names its upload; what came
 * stays on the disk under the id the file will have, which is made of the account and that name, so nobody goes on with
 * somebody else's, and one that is finished is found again when its answer was lost.
 */
import { createHash } from 'node:crypto';
import type { StoredFile } from '../store/files.ts';
import type { FileId, UserId } from '../wire/ids.ts';
import { WorkspaceError } from './errors.ts';
import { MAX_FILE_BYTES, checkSize } from './file-checks.ts';
import type { FileMetadata } from './file-names.ts';
import { FILE_ID_HEX, type Upload, type Uploads } from './uploads.ts';

/** Names of unfinished uploads that are remembered; above it the one that was left alone longest is given up. */
const MAX_PARTIAL = 200;
/** Nobody goes on with an upload after a day: the page that had the file is gone. */
const PARTIAL_KEPT_MS = 86_400_000;

/** Which upload of whom. */
export interface UploadName {
  user: UserId;
  /** The client's own name of it. */
  name: string;
}

/** Bytes of one request. */
export interface Piece {
  /** Where in the file they belong. */
  offset: number;
  bytes: AsyncIterable<Uint8Array>;
  /** Ends the request: a newer one goes on instead. */
  giveUp: () => void;
}

/** How far an upload is. */
export interface UploadState {
  /** Bytes the node has. */
  received: number;
  /** Set when it is finished. */
  file: StoredFile | null;
}

/** A request that writes. */
interface Running {
  giveUp: () => void;
  ended: Promise<void>;
}

export class PartialUploads {
  readonly #uploads: Uploads;
  readonly #fileOf: (id: FileId) => StoredFile | undefined;
  readonly #now: () => number;
  readonly #running = new Map<FileId, Running>();

  constructor(components: {
    uploads: Uploads;
    fileOf: (id: FileId) => StoredFile | undefined;
    now: () => number;
  }) {
    this.#uploads = components.uploads;
    this.#fileOf = components.fileOf;
    this.#now = components.now;
  }

  /** How far an upload is; a request that still writes is ended, since whoever asks has lost it. */
  async state(name: UploadName): Promise<UploadState> {
    const id = idOf(name);
    return this.#alone(
      id,
      () => undefined,
      async () => {
        const file = this.#fileOf(id);
        if (file !== undefined) return { received: file.size, file };
        if (!this.#uploads.partials.has(id)) return { received: 0, file: null };
        const upload = await this.#open(id);
        await upload.pause();
        return { received: upload.size, file: null };
      },
    );
  }

  /**
   * Appends what a request brings; with its last byte the upload becomes a file. When the request breaks off, what
   * came stays.
   * @param size of the whole file, bytes.
   * @throws {WorkspaceError} `upload_offset` when the bytes belong elsewhere, `busy`, `file_not_saved`.
   * @throws {FileRefused} as {@link Upload.finishAny}; nothing of it stays then.
   */
  async append(
    name: UploadName,
    piece: Piece,
    whole: { size: number; claimed: FileMetadata },
  ): Promise<UploadState> {
    checkSize(whole.size);
    const id = idOf(name);
    return this.#alone(id, piece.giveUp, async () => {
      const file = this.#fileOf(id);
      if (file !== undefined) return { received: file.size, file };
      const upload = await this.#open(id);
      try {
        if (upload.size !== piece.offset)
          throw new WorkspaceError('upload_offset', `The node has ${upload.size} bytes of it`);
        for await (const bytes of piece.bytes) {
          await upload.write(bytes);
          if (upload.size > whole.size || upload.size > MAX_FILE_BYTES) return await tooMuch(upload);
        }
        if (upload.size < whole.size) return { received: upload.size, file: null };
        const kept = await upload.finishAny(whole.claimed, name.user);
        return { received: kept.size, file: kept };
      } finally {
        await upload.pause();
        if (upload.isGone) this.#uploads.partials.delete(id);
      }
    });
  }

  /** Gives an upload up; nothing of it stays. One that is finished is a file, and stays. */
  async cancel(name: UploadName): Promise<void> {
    const id = idOf(name);
    await this.#alone(
      id,
      () => undefined,
      async () => {
        if (this.#uploads.partials.delete(id)) await (await this.#uploads.resumeOwn(id)).discard();
      },
    );
  }

  async #open(id: FileId): Promise<Upload> {
    await this.#giveUpOld();
    const upload = await this.#uploads.resumeOwn(id);
    this.#uploads.partials.delete(id);
    this.#uploads.partials.set(id, this.#now());
    return upload;
  }

  /** Removes what nobody went on with for long, or the oldest when there are too many. */
  async #giveUpOld(): Promise<void> {
    const since = this.#now() - PARTIAL_KEPT_MS;
    for (const [id, at] of [...this.#uploads.partials]) {
      if (at >= since && this.#uploads.partials.size < MAX_PARTIAL) return;
      if (this.#running.has(id)) continue;
      this.#uploads.partials.delete(id);
      await (await this.#uploads.resumeOwn(id)).discard();
    }
  }

  /** One request at a time works on an upload: a newer one ends an older one and waits until it has. */
  async #alone<T>(id: FileId, giveUp: () => void, work: () => Promise<T>): Promise<T> {
    for (let other = this.#running.get(id); other !== undefined; other = this.#running.get(id)) {
      other.giveUp();
      await other.ended;
    }
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#running.set(id, { giveUp, ended });
    try {
      return await work();
    } finally {
      this.#running.delete(id);
      end();
    }
  }
}

async function tooMuch(upload: Upload): Promise<never> {
  await upload.discard();
  throw new WorkspaceError('upload_offset', 'More bytes came than were announced');
}

/** The id of the file to be. */
function idOf({ user, name }: UploadName): FileId {
  const digest = createHash('sha256').update(`upload\0${user}\0${name}`).digest('hex');
  return `F${digest.slice(0, FILE_ID_HEX)}` as FileId;
}
