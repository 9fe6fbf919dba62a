/**
 * Records told at once (07 section 3.1): 0x32 to every peer that is admitted to the library, for what is written here, and
 * once more for what its author told in a small circle, where some may not be connected to it. Whatever is not told, for
 * a link that does not keep up or a peer that tells too much, the next run brings.
 */
import * as z from 'zod';
import type { SecureLink, SecureLinks } from '../../mesh/secure/types.ts';
import type { Clock } from '../../ports/types.ts';
import { libraryId as libraryIdSchema, parseRecord, recordText } from '../../wire/library-records.ts';
import type { AnyRecord } from '../../wire/library-records.ts';
import type { CryptoBackend } from '../../crypto/backend.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import { BadFrameError } from '../../wire/secure-frames.ts';
import type { RecordsChange } from '../records.ts';
import type { LibraryView } from '../types.ts';
import type { Inbox } from './inbox.ts';

/** The frame `lib_record`. */
export const RECORDS_FRAME = 0x32;
/** Records in one frame (07 section 3.1). */
export const MAX_FRAME_RECORDS = 100;
/** Text of one frame; a library record alone may have 128 KiB. */
const MAX_FRAME_BYTES = 1_048_576;
/** Frames that wait in one link. */
const MAX_WAITING = 16;
/** What one peer may tell at once, and how fast that grows again, per second: each costs a signature. */
const BURST = 20_000;
const PER_SECOND = 200;
/** Members connected here up to which others' records are told on: in a larger circle it would be told too often. */
const SMALL_CIRCLE = 8;

const frameSchema = z.object({
  library_id: libraryIdSchema,
  records: z.array(z.unknown()).max(MAX_FRAME_RECORDS),
});

interface Allowance {
  left: number;
  at: number;
}

export interface PushesComponents {
  links: SecureLinks;
  view: Pick<LibraryView, 'admitted' | 'isAdmitted'>;
  inbox: Inbox;
  crypto: Pick<CryptoBackend, 'sha256'>;
  clock: Clock;
}

export class Pushes {
  readonly #c: PushesComponents;
  readonly #waiting = new WeakMap<SecureLink, number>();
  readonly #allowances = new WeakMap<SecureLink, Allowance>();
  readonly #heard = new Set<(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]) => void>();
  /** Who brought what is being merged. */
  #from: PeerId | null = null;

  constructor(components: PushesComponents) {
    this.#c = components;
    components.links.handle(RECORDS_FRAME, (link, body) => this.#take(link, body));
  }

  /** Tells what changed in a library. Call it after every commit. */
  changed({ libraryId, stored, own }: RecordsChange): void {
    const links = this.#c.view.admitted(libraryId);
    const from = this.#from;
    if (own) this.#tell(links, libraryId, stored);
    else if (from !== null && links.length <= SMALL_CIRCLE)
      this.#tell(
        links.filter(({ peerId }) => peerId !== from),
        libraryId,
        stored.filter(({ record }) => record.author === from),
      );
  }

  /** Tells one peer records that live here. */
  tell(link: SecureLink, libraryId: LibraryId, stored: readonly { record: AnyRecord }[]): void {
    if (this.#c.view.isAdmitted(link, libraryId)) this.#tell([link], libraryId, stored);
  }

  /** An admitted peer told records of assets, known ones too. */
  onHeard(handler: (link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]) => void): void {
    this.#heard.add(handler);
  }

  #tell(links: readonly SecureLink[], libraryId: LibraryId, stored: readonly { record: AnyRecord }[]): void {
    if (links.length === 0) return;
    for (const body of framesOf(libraryId, stored))
      for (const link of links) {
        const waiting = this.#waiting.get(link) ?? 0;
        if (waiting >= MAX_WAITING) continue;
        this.#waiting.set(link, waiting + 1);
        link
          .send(RECORDS_FRAME, body)
          .catch(() => undefined)
          .finally(() => this.#waiting.set(link, (this.#waiting.get(link) ?? 1) - 1));
      }
  }

  /** @throws {BadFrameError} for what is no frame of records. */
  async #take(link: SecureLink, body: Uint8Array): Promise<void> {
    const { library_id: libraryId, records } = readFrame(body);
    // Also what comes from a member that was removed a moment ago.
    if (!this.#c.view.isAdmitted(link, libraryId) || !this.#allows(link, records.length)) return;
    const sound = records.flatMap((value) => parseRecord(this.#c.crypto, value) ?? []);
    await this.#c.inbox.take(libraryId, sound, (merge) => {
      this.#from = link.peerId;
      try {
        return merge();
      } finally {
        this.#from = null;
      }
    });
    const hashes = sound.flatMap((record) =>
      record.kind === 'asset' && !record.deleted ? [record.key] : [],
    );
    if (hashes.length > 0) for (const handler of this.#heard) handler(link, libraryId, hashes);
  }

  #allows(link: SecureLink, records: number): boolean {
    const now = this.#c.clock.monotonic();
    const { left, at } = this.#allowances.get(link) ?? { left: BURST, at: now };
    const grown = Math.min(BURST, left + ((now - at) / 1000) * PER_SECOND);
    const allowed = records <= grown;
    this.#allowances.set(link, { left: allowed ? grown - records : grown, at: now });
    return allowed;
  }
}

function readFrame(body: Uint8Array): z.output<typeof frameSchema> {
  try {
    return frameSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    throw new BadFrameError('no frame of library records');
  }
}

function* framesOf(libraryId: LibraryId, stored: readonly { record: AnyRecord }[]): Generator<Uint8Array> {
  let texts: string[] = [];
  let size = 0;
  const frame = (): Uint8Array =>
    Buffer.from(`{"library_id":${JSON.stringify(libraryId)},"records":[${texts.join(',')}]}`);
  for (const { record } of stored) {
    const text = recordText(record);
    if (texts.length >= MAX_FRAME_RECORDS || (texts.length > 0 && size + text.length > MAX_FRAME_BYTES)) {
      yield frame();
      texts = [];
      size = 0;
    }
    texts.push(text);
    size += text.length;
  }
  if (texts.length > 0) yield frame();
}
