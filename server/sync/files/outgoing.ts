/**
 * Attachments in the form they go to a peer in (02 sections 6.1 and 6.2; 03 section 10.5): small files within the message,
 * large ones as references to where they can be fetched, and never an address of this node.
 */
import type { PeerId, UserId } from '../../wire/ids.ts';
import { attachmentRecords } from '../../workspace/attachments.ts';
import type { MessageFiles } from '../../workspace/message-files.ts';
import { INLINE_BYTES, INLINE_BYTES_OURS, MESSAGE_ROOM, MESSAGE_ROOM_OLD } from './limits.ts';

/** What is known of the peer a message goes to. */
export interface Reader {
  isOurs(peer: PeerId): boolean;
  /** Whether it takes messages of 1 MiB. */
  takesLarge(peer: PeerId): boolean;
}

/** One attachment on its way, with the bytes that may go along. */
interface Outgoing {
  entry: Record<string, unknown>;
  bytes: Uint8Array | null;
  reference: Record<string, unknown>;
}

export class OutgoingAttachments {
  readonly #files: Pick<MessageFiles, 'attachable' | 'bytesOf'>;
  readonly #reader: Reader;
  readonly #localPeer: PeerId;

  constructor(
    components: { files: Pick<MessageFiles, 'attachable' | 'bytesOf'>; reader: Reader },
    init: { localPeer: PeerId },
  ) {
    this.#files = components.files;
    this.#reader = components.reader;
    this.#localPeer = init.localPeer;
  }

  /**
   * @param to.peer null for any of our nodes.
   * @param to.holder who has the files of a message that names nobody.
   * @param room bytes there are for files, encoded; null for what one message takes.
   */
  entries(
    list: readonly unknown[],
    to: { peer: PeerId | null; author: UserId; holder: PeerId },
    room: number | null = null,
  ): Record<string, unknown>[] {
    const ours = to.peer === null || this.#reader.isOurs(to.peer);
    const limit = ours ? INLINE_BYTES_OURS : INLINE_BYTES;
    const outgoing = attachmentRecords(list).map((stored) => this.#outgoing(stored, to, limit));
    let left =
      room ?? (to.peer === null || this.#reader.takesLarge(to.peer) ? MESSAGE_ROOM : MESSAGE_ROOM_OLD);
    left -= outgoing.reduce((sum, { bytes }) => sum + encodedLength(bytes), 0);
    for (const one of outgoing.filter(({ bytes }) => bytes !== null).toSorted(firstToGo)) {
      if (left >= 0) break;
      left += encodedLength(one.bytes);
      one.bytes = null;
    }
    return outgoing.map(({ entry, bytes, reference }) =>
      bytes === null
        ? { ...entry, ...reference }
        : { ...entry, data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') },
    );
  }

  #outgoing(
    stored: Record<string, unknown>,
    { author, holder }: { author: UserId; holder: PeerId },
    limit: number,
  ): Outgoing {
    const { url: _url, data: _data, file_id: _fileId, ...entry } = stored;
    const file = this.#files.attachable(author, stored);
    if (file === null) {
      const origin = stored['origin_file_id'] ?? null;
      // Nothing here and nobody to ask: what it is called is all there is to say.
      if (origin === null) return { entry, bytes: null, reference: {} };
      const source = stored['source_peer_id'] ?? holder;
      return { entry, bytes: null, reference: referenceTo(origin, source) };
    }
    const {
      origin_file_id: _origin,
      source_peer_id: _source,
      large_attachment: _large,
      storage_mode: _mode,
      download_status: _status,
      ...own
    } = entry;
    const described = {
      ...own,
      id: file.id,
      type: file.contentType,
      size: file.size,
      checksum: file.checksum,
    };
    return {
      entry: described,
      bytes: file.size <= limit ? this.#files.bytesOf(file) : null,
      reference: referenceTo(file.id, this.#localPeer),
    };
  }
}

function referenceTo(fileId: unknown, peer: unknown): Record<string, unknown> {
  return {
    origin_file_id: fileId,
    source_peer_id: peer,
    storage_mode: 'remote_large',
    large_attachment: true,
    download_status: 'pending',
  };
}

/** Images first, larger before smaller. */
function firstToGo(a: Outgoing, b: Outgoing): number {
  const image = ({ entry }: Outgoing): number => Number(String(entry['type']).startsWith('image/'));
  return image(b) - image(a) || (b.bytes?.length ?? 0) - (a.bytes?.length ?? 0);
}

function encodedLength(bytes: Uint8Array | null): number {
  return bytes === null ? 0 : Math.ceil(bytes.length / 3) * 4;
}
