/**
 * Giving files to peers that ask for them (02 section 6.5): as items of a secure session between our nodes, as messages
 * to Python, piece by piece from the disk and at the pace the way there allows.
 */
import type { InboundMessage } from '../../mesh/types.ts';
import type { StoredFile } from '../../store/files.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { PeerId } from '../../wire/ids.ts';
import { ITEM } from '../../wire/secure-frames.ts';
import type { Inbound } from '../inbound.ts';
import type { SyncComponents } from '../context.ts';
import { encodeFileItem } from './file-items.ts';
import {
  CHUNK_BYTES,
  ITEM_BYTES,
  MAX_SERVED_AT_ONCE,
  MAX_WAITING_REQUESTS,
  PROGRESS_STEP_BYTES,
} from './limits.ts';

interface Request {
  requestId: string;
  originFileId: string;
  offset: number;
}

/** What one peer asked for. */
interface Queue {
  running: Map<string, Request>;
  waiting: Request[];
}

/** Tells whoever uploaded a file how far giving it to one peer is (05 section 10.7, F-3). */
class Telling {
  readonly #bus: EventBus;
  readonly #about: { peer: PeerId; file: StoredFile };
  #told: number | null = null;
  #at = 0;
  #over = false;

  constructor(bus: EventBus, about: { peer: PeerId; file: StoredFile }) {
    this.#bus = bus;
    this.#about = about;
  }

  at(done: number): void {
    this.#at = done;
    if (this.#told === null || done - this.#told >= PROGRESS_STEP_BYTES) this.#tell('running');
  }

  whole(): void {
    this.#at = this.#about.file.size;
    this.#over = true;
    this.#tell('done');
  }

  /** It ended; unless it is whole, the peer asks again. */
  stopped(): void {
    if (!this.#over) this.#tell('waiting');
  }

  #tell(state: 'running' | 'waiting' | 'done'): void {
    const { peer, file } = this.#about;
    this.#told = this.#at;
    this.#bus.publish({
      type: 'file.served',
      peerId: peer,
      fileId: file.id,
      userId: file.uploadedBy,
      state,
      done: this.#at,
      total: file.size,
    });
  }
}

export class FileServing {
  readonly #c: SyncComponents;
  readonly #queues = new Map<PeerId, Queue>();
  #stopped = false;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  register(inbound: Inbound): void {
    inbound.on('large_attachment_request', 'trusted', (metadata, { from }: InboundMessage) => {
      const { request_id: requestId, origin_file_id: originFileId, offset } = metadata;
      this.#asked(from, { requestId, originFileId, offset: Math.max(0, offset ?? 0) });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#queues.clear();
  }

  /** Nothing more goes to a peer that is gone. */
  disconnected(peer: PeerId): void {
    this.#queues.delete(peer);
  }

  #asked(peer: PeerId, request: Request): void {
    const queue = this.#queues.get(peer) ?? { running: new Map<string, Request>(), waiting: [] };
    this.#queues.set(peer, queue);
    const same = (one: Request): boolean => one.originFileId === request.originFileId;
    // Asked again for the same file: the newer request counts.
    queue.waiting = queue.waiting.filter((one) => !same(one));
    for (const one of queue.running.values()) if (same(one)) queue.running.delete(one.requestId);
    if (queue.waiting.length >= MAX_WAITING_REQUESTS) {
      void this.#refuse(peer, request, 'busy');
      return;
    }
    queue.waiting.push(request);
    this.#next(peer, queue);
  }

  #next(peer: PeerId, queue: Queue): void {
    while (queue.running.size < MAX_SERVED_AT_ONCE) {
      const request = queue.waiting.shift();
      if (request === undefined) return;
      queue.running.set(request.requestId, request);
      this.#serve(peer, request, () => this.#goesOn(peer, queue, request))
        .catch((error: unknown) => this.#c.log.debug({ peer, err: error }, 'a file was not given to the end'))
        .finally(() => {
          if (queue.running.get(request.requestId) === request) queue.running.delete(request.requestId);
          if (this.#queues.get(peer) === queue) this.#next(peer, queue);
        });
    }
  }

  #goesOn(peer: PeerId, queue: Queue, request: Request): boolean {
    if (this.#stopped || this.#queues.get(peer) !== queue) return false;
    return queue.running.get(request.requestId) === request;
  }

  async #serve(peer: PeerId, request: Request, goesOn: () => boolean): Promise<void> {
    const opened = this.#c.workspace.inbound.messageFiles.openFor(peer, request.originFileId);
    if (typeof opened === 'string') return this.#refuse(peer, request, opened);
    const { file, place } = opened;
    const read = (offset: number, length: number): Promise<Buffer> =>
      this.#c.workspace.inbound.messageFiles.piece(place, offset, Math.min(length, file.size - offset));
    const telling = new Telling(this.#c.bus, { peer, file });
    try {
      const link = this.#c.mesh.links.get(peer);
      if (link === null) await this.#serveMessages(peer, request, file, { read, telling, goesOn });
      else {
        for (let at = Math.min(request.offset, file.size); goesOn();) {
          telling.at(at);
          const bytes = at < file.size ? await read(at, ITEM_BYTES) : new Uint8Array(0);
          await link.send(ITEM.file, encodeFileItem({ requestId: request.requestId, offset: at, bytes }));
          at += bytes.length;
          if (at >= file.size) return telling.whole();
        }
      }
      telling.stopped();
    } catch (error) {
      telling.stopped();
      await this.#refuse(peer, request, 'file_data_unavailable');
      throw error;
    }
  }

  async #serveMessages(
    peer: PeerId,
    { requestId, originFileId }: Request,
    file: StoredFile,
    by: {
      read: (offset: number, length: number) => Promise<Buffer>;
      telling: Telling;
      goesOn: () => boolean;
    },
  ): Promise<void> {
    const { read, telling, goesOn } = by;
    const total = Math.max(1, Math.ceil(file.size / CHUNK_BYTES));
    for (let index = 0; index < total && goesOn(); index += 1) {
      telling.at(index * CHUNK_BYTES);
      const bytes = await read(index * CHUNK_BYTES, CHUNK_BYTES);
      const metadata = {
        type: 'large_attachment_chunk',
        request_id: requestId,
        origin_file_id: originFileId,
        file_name: file.originalName,
        content_type: file.contentType,
        checksum: file.checksum,
        size: file.size,
        uploaded_by: file.uploadedBy,
        chunk_index: index,
        total_chunks: total,
        data: bytes.toString('base64'),
        source_peer_id: this.#c.mesh.peerId,
      };
      if (!(await this.#c.mesh.sendDirect('large_attachment_chunk', peer, { content: '', metadata }))) return;
      if (index === total - 1) telling.whole();
    }
  }

  async #refuse(peer: PeerId, { requestId, originFileId }: Request, error: string): Promise<void> {
    const metadata = {
      type: 'large_attachment_error',
      request_id: requestId,
      origin_file_id: originFileId,
      error,
      source_peer_id: this.#c.mesh.peerId,
    };
    await this.#c.mesh.send('large_attachment_error', peer, { content: '', metadata }, { queue: false });
  }
}
