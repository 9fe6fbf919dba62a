/**
 * Giving content of a library to its members (07 section 3.2): only to an admitted peer, only for a living record of that
 * library, only from the store, and only when what is here is what the record promises: nobody can find out by asking what
 * this node has, and nobody's false record makes an honest member look like a liar.
 */
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { AssetHash } from '../../wire/ids.ts';
import {
  CHUNK_BYTES,
  DATA_HEAD_BYTES,
  LIST_INDEX,
  chunkCount,
  chunkLength,
  dataIn,
  decodeGet,
  encodeData,
} from '../../wire/library-content.ts';
import type { DataStatus, GetFrame } from '../../wire/library-content.ts';
import { BadFrameError } from '../../wire/secure-frames.ts';
import { chunksRoot } from './chunks.ts';
import type { ContentComponents } from './components.ts';
import type { InVain } from './in-vain.ts';
import {
  MAX_HELD_UP_MS,
  MAX_OPEN_PER_NODE,
  MAX_OPEN_PER_SESSION,
  MAX_ROOMS,
  MAX_SERVED_AT_ONCE,
  MAX_UNSENT_REFUSALS,
  ROOM_FROM_BYTES,
} from './limits.ts';
import type { OpenFiles } from './open-files.ts';
import type { Throttle } from './throttle.ts';

/** What one session asked for. */
interface Queue {
  running: number;
  waiting: GetFrame[];
}

export class Serving {
  readonly #c: ContentComponents & { files: OpenFiles; up: Throttle; inVain: InVain };
  readonly #served: (link: SecureLink, bytes: number) => void;
  readonly #queues = new Map<SecureLink, Queue>();
  /** Frames of chunks that left and are used again: making each anew holds much memory until it is cleared away. */
  readonly #rooms: Uint8Array[] = [];
  /** Refusals that were not handed to the network yet. */
  readonly #unsent = new WeakMap<SecureLink, number>();
  #open = 0;

  /** @param served told of content that left. */
  constructor(
    components: ContentComponents & { files: OpenFiles; up: Throttle; inVain: InVain },
    served: (link: SecureLink, bytes: number) => void,
  ) {
    this.#c = components;
    this.#served = served;
  }

  /** Takes a request; the answer comes later. @throws {BadFrameError} */
  asked(link: SecureLink, body: Uint8Array): void {
    const request = decodeGet(body);
    const queue = this.#queues.get(link) ?? { running: 0, waiting: [] };
    const open = queue.running + queue.waiting.length;
    if (open >= MAX_OPEN_PER_SESSION || this.#open >= MAX_OPEN_PER_NODE || this.#c.up.wait > MAX_HELD_UP_MS)
      return this.#say(link, request, 'busy');
    const objection = this.#objection(link, request);
    if (objection !== null) return this.#say(link, request, objection);
    this.#queues.set(link, queue);
    this.#open += 1;
    queue.waiting.push(request);
    this.#next(link, queue);
  }

  /** Nothing more goes to a session that is over. */
  ended(link: SecureLink): void {
    const queue = this.#queues.get(link);
    if (queue === undefined) return;
    this.#open -= queue.waiting.length;
    queue.waiting = [];
    this.#queues.delete(link);
  }

  #objection(link: SecureLink, { libraryId, hash, index }: GetFrame): DataStatus | null {
    const { view, assets, mayCarry } = this.#c;
    if (!view.isAdmitted(link, libraryId) || !mayCarry(link)) return 'refused';
    const living = view.living(libraryId, hash);
    if (living === null) return 'refused';
    const chunks = chunkCount(living.size);
    if (index !== LIST_INDEX && index >= chunks) return 'refused';
    const asset = assets.get(hash);
    if (asset?.size !== living.size) {
      if (!assets.isHidden(hash)) this.#c.inVain.asked(link, libraryId, hash);
      return 'not_here';
    }
    // Of one chunk the list is the hash itself.
    if (chunks <= 1) return null;
    const list = assets.chunkHashes(hash);
    return list !== null && chunksRoot(list) === living.chunks ? null : 'not_here';
  }

  #next(link: SecureLink, queue: Queue): void {
    while (queue.running < MAX_SERVED_AT_ONCE) {
      const request = queue.waiting.shift();
      if (request === undefined) break;
      queue.running += 1;
      this.#serve(link, request)
        .catch((error: unknown) =>
          this.#c.log.debug({ peer: link.peerId, err: error }, 'content was not given'),
        )
        .finally(() => {
          queue.running -= 1;
          this.#open -= 1;
          if (this.#queues.get(link) === queue) this.#next(link, queue);
        });
    }
    if (queue.running + queue.waiting.length === 0) this.#queues.delete(link);
  }

  async #serve(link: SecureLink, request: GetFrame): Promise<void> {
    const { hash, index } = request;
    if (index !== LIST_INDEX) return this.#serveChunk(link, request);
    const list = this.#c.assets.chunkHashes(hash);
    if (list === null) return this.#say(link, request, 'not_here');
    await this.#give(link, encodeData(request.req, 'data', list), list.length);
  }

  async #serveChunk(link: SecureLink, request: GetFrame): Promise<void> {
    const { hash, index, req } = request;
    const length = chunkLength(this.#c.assets.get(hash)?.size ?? 0, index);
    const isKept = length > ROOM_FROM_BYTES;
    const room =
      (isKept ? this.#rooms.pop() : undefined) ??
      new Uint8Array(DATA_HEAD_BYTES + (isKept ? CHUNK_BYTES : length));
    try {
      const { body, bytes } = dataIn(room, req, length);
      if (await this.#read(hash, index, bytes)) await this.#give(link, body, length);
      else this.#say(link, request, 'not_here');
    } finally {
      // It left, encrypted, or its session is over: nobody looks at it any more.
      if (isKept && this.#rooms.length < MAX_ROOMS) this.#rooms.push(room);
    }
  }

  async #give(link: SecureLink, body: Uint8Array, bytes: number): Promise<void> {
    await this.#c.up.pass(bytes);
    if (link.ended) return;
    await link.send(0x34, body);
    this.#served(link, bytes);
  }

  async #read(hash: AssetHash, index: number, bytes: Uint8Array): Promise<boolean> {
    try {
      return await this.#c.files.read(hash, index * CHUNK_BYTES, bytes);
    } catch (error) {
      this.#c.log.warn({ err: error }, 'the content of an asset cannot be read');
      return false;
    }
  }

  /** @throws {BadFrameError} when who asks does not read the answers. */
  #say(link: SecureLink, { req }: GetFrame, status: DataStatus): void {
    const unsent = this.#unsent.get(link) ?? 0;
    if (unsent >= MAX_UNSENT_REFUSALS)
      throw new BadFrameError('requests whose answers are not read', 'limit');
    this.#unsent.set(link, unsent + 1);
    link
      .send(0x34, encodeData(req, status))
      .catch(() => undefined)
      .finally(() => this.#unsent.set(link, (this.#unsent.get(link) ?? 1) - 1));
  }
}
