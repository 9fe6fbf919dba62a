/**
 * Fetching the files of other nodes that messages here refer to (02 section 6.5; 03 section 10.6). A piece counts only if
 * it answers a request of ours, from the peer that was asked, for the file that was asked for. What is on the disk stays
 * there when a session ends or the node stops: between our nodes the next request goes on from it.
 */
import { createHash } from 'node:crypto';
import type { Timer } from '../../ports/types.ts';
import { hexId } from '../../store/ids.ts';
import type { FileTransfer } from '../../store/file-transfers.ts';
import { BadFrameError, ITEM } from '../../wire/secure-frames.ts';
import type { PeerId } from '../../wire/ids.ts';
import { PROGRESS_KINDS } from '../../workspace/message-files.ts';
import type { Upload } from '../../workspace/uploads.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import { decodeFileItem } from './file-items.ts';
import { BadPiece, IncomingFile } from './incoming-file.ts';
import {
  MAX_ATTEMPTS,
  MAX_FETCHED_AT_ONCE,
  MAX_REQUESTED,
  PARTS_KEPT_MS,
  PROGRESS_STEP_BYTES,
  STALLED_MS,
  STALL_CHECK_MS,
} from './limits.ts';

/** The capability of peers that can be asked. */
const CAPABILITY = 'large_attachment_store_v1';
const REQUEST_ID_HEX = 16;
const PART = '.part';
/** Requests remembered, to tell late answers from those to none. */
const MAX_REMEMBERED = 1_000;

/** A file that was asked for. */
interface Active {
  peer: PeerId;
  requestId: string;
  transfer: FileTransfer;
  upload: Upload;
  file: IncomingFile;
  progressAt: number;
  toldAt: number;
  ended: boolean;
}

/** What is to be fetched from one connected peer. */
interface Source {
  active: Map<string, Active>;
  waiting: string[];
  attempts: Map<string, number>;
  /** Requests being prepared. */
  starting: number;
}

export class FileFetching {
  readonly #c: SyncComponents;
  readonly #sources = new Map<PeerId, Source>();
  /** The latest requests. */
  readonly #requested = new Set<string>();
  #timer: Timer | null = null;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  register(inbound: Inbound): void {
    inbound.on('large_attachment_chunk', 'trusted', async (chunk, { from }) => {
      const active = this.#asked(from, chunk.request_id);
      if (active === null || active.transfer.originFileId !== chunk.origin_file_id)
        return this.#unasked(from, chunk.request_id);
      const { chunk_index: index, total_chunks: total, size, data, checksum } = chunk;
      if (active.transfer.checksum === '') active.transfer.checksum = checksum ?? '';
      await this.#take(active, () => active.file.chunk({ index, total, size, data }));
    });
    inbound.on('large_attachment_error', 'trusted', async ({ request_id: id, error }, { from }) => {
      const active = this.#asked(from, id);
      if (active !== null) await this.#fail(active, error.slice(0, 100));
    });
    this.#c.mesh.links.handle(ITEM.file, async (link, body) => {
      const { requestId, offset, bytes } = decodeFileItem(body);
      const active = this.#asked(link.peerId, requestId);
      if (active === null) return this.#unasked(link.peerId, requestId);
      return this.#take(active, () => active.file.piece(offset, bytes));
    });
  }

  /** Late pieces of a request that was given up are no fault of the peer; pieces of none are (02 S3). */
  #unasked(peer: PeerId, requestId: string): void {
    if (!this.#requested.has(requestId)) this.#c.mesh.offence(peer, 'unasked');
  }

  #remember(requestId: string): void {
    this.#requested.add(requestId);
    const [oldest] = this.#requested;
    if (this.#requested.size > MAX_REMEMBERED && oldest !== undefined) this.#requested.delete(oldest);
  }

  start(): void {
    this.#timer ??= this.#c.ports.timers.every(STALL_CHECK_MS, () => this.#checkStalled());
  }

  /** Closes what is coming in; it is gone on with after the next start. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await Promise.all([...this.#sources.keys()].map((peer) => this.disconnected(peer)));
  }

  /** Names of parts that are gone on with; what nobody has worked on for long is given up. */
  keptParts(): ReadonlySet<string> {
    const since = this.#c.ports.clock.now() - PARTS_KEPT_MS;
    const open = this.#c.repositories.fileTransfers.openSince(since, MAX_REQUESTED * 4);
    return new Set(open.map(partName));
  }

  /** A peer can be asked now: everything of it that is missing here is. */
  connected(peer: PeerId): void {
    if (!this.#c.workspace.trust.isTrusted(peer) || !this.#c.mesh.supports(peer, CAPABILITY)) return;
    const source = this.#sourceOf(peer);
    for (const { originFileId } of this.#c.repositories.fileTransfers.open(peer, MAX_REQUESTED))
      if (!source.waiting.includes(originFileId)) source.waiting.push(originFileId);
    this.#next(peer, source);
  }

  async disconnected(peer: PeerId): Promise<void> {
    const source = this.#sources.get(peer);
    this.#sources.delete(peer);
    for (const active of source?.active.values() ?? []) await this.#pause(active);
  }

  /** A message refers to a file that is not here. */
  fetch(peer: PeerId, originFileId: string): void {
    if (!this.#c.mesh.isConnected(peer) || !this.#c.mesh.supports(peer, CAPABILITY)) return;
    const source = this.#sourceOf(peer);
    if (source.waiting.includes(originFileId) || source.waiting.length >= MAX_REQUESTED) return;
    if ([...source.active.values()].some((one) => one.transfer.originFileId === originFileId)) return;
    source.waiting.push(originFileId);
    this.#next(peer, source);
  }

  /** As {@link fetch}, however often it failed before. @returns whether the peer can be asked. */
  again(peer: PeerId, originFileId: string): boolean {
    this.#sources.get(peer)?.attempts.delete(originFileId);
    this.fetch(peer, originFileId);
    return this.#sources.has(peer);
  }

  #sourceOf(peer: PeerId): Source {
    const source = this.#sources.get(peer) ?? {
      active: new Map<string, Active>(),
      waiting: [],
      attempts: new Map<string, number>(),
      starting: 0,
    };
    this.#sources.set(peer, source);
    return source;
  }

  #asked(peer: PeerId, requestId: string): Active | null {
    return this.#sources.get(peer)?.active.get(requestId) ?? null;
  }

  #next(peer: PeerId, source: Source): void {
    while (source.active.size + source.starting < MAX_FETCHED_AT_ONCE) {
      const originFileId = source.waiting.shift();
      if (originFileId === undefined) return;
      source.starting += 1;
      this.#request(peer, source, originFileId)
        .catch((error: unknown) => this.#c.log.debug({ peer, err: error }, 'a file could not be asked for'))
        .finally(() => {
          source.starting -= 1;
          if (this.#sources.get(peer) === source) this.#next(peer, source);
        });
    }
  }

  async #request(peer: PeerId, source: Source, originFileId: string): Promise<void> {
    const { messageFiles } = this.#c.workspace.inbound;
    const transfer = this.#c.repositories.fileTransfers.get(peer, originFileId);
    const attempts = source.attempts.get(originFileId) ?? 0;
    if (transfer === undefined || transfer.status === 'completed' || attempts >= MAX_ATTEMPTS) return;
    source.attempts.set(originFileId, attempts + 1);
    if (messageFiles.authorWaitingFor(peer, originFileId) === null) return;
    const requestId = `LAR${hexId(this.#c.ports.random, REQUEST_ID_HEX)}`;
    let upload = await messageFiles.resume(partName(transfer));
    const resumes = this.#c.mesh.links.get(peer) !== null;
    if (!resumes || upload.size > (transfer.size ?? 0)) {
      await upload.discard();
      upload = await messageFiles.resume(partName(transfer));
    }
    const file = new IncomingFile(upload, { total: transfer.size });
    const now = this.#c.ports.clock.monotonic();
    const active = {
      peer,
      requestId,
      transfer,
      upload,
      file,
      progressAt: now,
      toldAt: upload.size,
      ended: false,
    };
    if (this.#sources.get(peer) !== source) return upload.pause();
    source.active.set(requestId, active);
    this.#remember(requestId);
    await messageFiles.setState(transfer, { status: 'requested', requestId });
    this.#tell(active, 'running');
    const metadata = {
      type: 'large_attachment_request',
      request_id: requestId,
      origin_file_id: originFileId,
      requester_peer: this.#c.mesh.peerId,
      source_context: { retry: true },
      ...(upload.size > 0 ? { offset: upload.size } : {}),
    };
    const sent = await this.#c.mesh.sendDirect('large_attachment_request', peer, { content: '', metadata });
    if (!sent) await this.#pause(active);
  }

  /** Takes a piece; the last one makes a file of them. */
  async #take(active: Active, add: () => Promise<boolean>): Promise<void> {
    if (active.ended) return;
    try {
      const whole = await add();
      active.progressAt = this.#c.ports.clock.monotonic();
      if (whole && !active.ended) await this.#complete(active);
      else if (active.file.done - active.toldAt >= PROGRESS_STEP_BYTES) this.#tell(active, 'running');
    } catch (error) {
      if (error instanceof BadFrameError) throw error;
      await this.#fail(active, error instanceof BadPiece ? error.message : 'save_failed');
    }
  }

  async #complete(active: Active): Promise<void> {
    const { transfer, upload, peer } = active;
    this.#end(active);
    const { messageFiles } = this.#c.workspace.inbound;
    const author = messageFiles.authorWaitingFor(peer, transfer.originFileId);
    if (transfer.checksum !== '' && upload.checksum() !== transfer.checksum.toLowerCase()) {
      await upload.discard();
      await this.#failed(active, 'checksum_mismatch');
    } else if (author === null) {
      // Every message that referred to it is gone.
      await upload.discard();
    } else {
      const file = await upload.finishAny({ name: transfer.name, type: transfer.type }, author);
      await messageFiles.arrived(peer, transfer.originFileId, file);
    }
    this.#goOn(peer);
  }

  async #fail(active: Active, reason: string): Promise<void> {
    if (active.ended) return;
    this.#end(active);
    await active.upload.discard();
    await this.#failed(active, reason);
    this.#goOn(active.peer);
  }

  async #failed(active: Active, reason: string): Promise<void> {
    await this.#c.workspace.inbound.messageFiles.setState(active.transfer, {
      status: 'error',
      error: reason,
    });
    this.#c.log.debug({ peer: active.peer, reason }, 'a file of another node was not fetched');
    this.#tell(active, 'failed');
  }

  async #pause(active: Active): Promise<void> {
    if (active.ended) return;
    this.#end(active);
    await active.upload.pause();
    await this.#c.workspace.inbound.messageFiles.setState(active.transfer, { status: 'pending' });
    this.#tell(active, 'waiting');
  }

  #end(active: Active): void {
    active.ended = true;
    this.#sources.get(active.peer)?.active.delete(active.requestId);
  }

  #goOn(peer: PeerId): void {
    const source = this.#sources.get(peer);
    if (source !== undefined) this.#next(peer, source);
  }

  #checkStalled(): void {
    const now = this.#c.ports.clock.monotonic();
    for (const source of this.#sources.values())
      for (const active of source.active.values()) {
        if (now - active.progressAt < STALLED_MS) continue;
        source.waiting.push(active.transfer.originFileId);
        this.#pause(active)
          .then(() => this.#goOn(active.peer))
          .catch((error: unknown) => this.#c.log.warn({ err: error }, 'a file could not be set aside'));
      }
  }

  #tell(active: Active, state: 'running' | 'waiting' | 'failed'): void {
    const { peer, transfer, file } = active;
    active.toldAt = file.done;
    for (const { kind, id } of this.#c.workspace.inbound.messageFiles.messagesWaitingFor(
      peer,
      transfer.originFileId,
    ))
      this.#c.bus.publish({
        type: 'attachment.progress',
        kind: PROGRESS_KINDS[kind],
        id,
        originFileId: transfer.originFileId,
        state,
        done: file.done,
        total: file.total,
      });
  }
}

/** Where the bytes of a file lie that is coming in; what the peer calls it never becomes part of a path. */
function partName({ originPeer, originFileId }: Pick<FileTransfer, 'originPeer' | 'originFileId'>): string {
  return `${createHash('sha256').update(`${originPeer}\0${originFileId}`).digest('hex')}${PART}`;
}
