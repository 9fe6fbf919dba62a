/**
 * Files that come with messages of other nodes (02 section 6.4): bytes that came along are put on the disk one after the
 * other, what is here already is used again, and what was only announced is fetched.
 */
import type { Log } from '../../telemetry/log.ts';
import type { NodeEvent } from '../../telemetry/bus.ts';
import { isPeerId } from '../../wire/ids.ts';
import type { PeerId, UserId } from '../../wire/ids.ts';
import type { MessageFiles, MessageRef } from '../../workspace/message-files.ts';
import { MAX_INLINE_WAITING } from './limits.ts';

type Received = Extract<NodeEvent, { type: 'attachments.received' }>;

export interface ArrivalsComponents {
  files: MessageFiles;
  /** Fetches a file when it can be had. */
  fetch: (peer: PeerId, originFileId: string) => void;
  log: Log;
}

export class Arrivals {
  readonly #c: ArrivalsComponents;
  #last: Promise<void> = Promise.resolve();
  #waitingBytes = 0;

  constructor(components: ArrivalsComponents) {
    this.#c = components;
  }

  /** A message came with attachments; what came along is taken in without anybody waiting for it. */
  received(event: Received): void {
    const bytes = [...event.inline.values()].reduce((sum, data) => sum + data.length, 0);
    const fits = this.#waitingBytes + bytes <= MAX_INLINE_WAITING;
    if (fits) this.#waitingBytes += bytes;
    const inline = fits ? event.inline : new Map<string, string>();
    this.#last = this.#last
      .then(() => this.#settle(event, inline))
      .catch((error: unknown) =>
        this.#c.log.warn({ err: error, peer: event.from }, 'a received file was not kept'),
      )
      .finally(() => {
        if (fits) this.#waitingBytes -= bytes;
      });
  }

  /** Resolves when everything that came so far is dealt with. */
  idle(): Promise<void> {
    return this.#last;
  }

  async #settle(ref: MessageRef, inline: ReadonlyMap<string, string>): Promise<void> {
    const { author, entries } = this.#c.files.waiting(ref);
    for (const entry of entries) {
      const { origin_file_id: origin, source_peer_id: source } = entry;
      if (typeof origin !== 'string' || !isPeerId(source)) continue;
      const here = this.#c.files.fetched(source, origin);
      if (here !== null) {
        await this.#c.files.arrived(source, origin, here);
        continue;
      }
      const transfer = {
        originPeer: source,
        originFileId: origin,
        name: textOf(entry['name']),
        type: textOf(entry['type']),
        size: typeof entry['size'] === 'number' && entry['size'] > 0 ? entry['size'] : null,
        checksum: textOf(entry['checksum']),
      };
      await this.#c.files.note(transfer);
      const data = inline.get(origin);
      if (data === undefined) this.#c.fetch(source, origin);
      else await this.#keep(transfer, data, author);
    }
  }

  async #keep(
    transfer: { originPeer: PeerId; originFileId: string; name: string; type: string; checksum: string },
    data: string,
    author: UserId,
  ): Promise<void> {
    const upload = await this.#c.files.beginReceived();
    try {
      await upload.write(Buffer.from(data, 'base64'));
      if (transfer.checksum !== '' && upload.checksum() !== transfer.checksum.toLowerCase())
        throw new Error('checksum_mismatch');
      const file = await upload.finishAny(transfer, author);
      await this.#c.files.arrived(transfer.originPeer, transfer.originFileId, file);
    } catch (error) {
      await upload.discard();
      const reason =
        error instanceof Error && error.message === 'checksum_mismatch' ? error.message : 'save_failed';
      await this.#c.files.setState(transfer, { status: 'error', error: reason });
      throw error;
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
