/** Files on the mesh: what goes out with messages, what comes with them, what is fetched and given. */
import type { NodeEvent } from '../../telemetry/bus.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import { Arrivals } from './arrivals.ts';
import { FileFetching } from './fetching.ts';
import { OutgoingAttachments } from './outgoing.ts';
import { FileServing } from './serving.ts';

/** Bulk messages of 1 MiB are taken by peers that say so (01 section 5.5). */
const LARGE_MESSAGES = 'bulk_sync_1mb_v1';

export class MeshFiles {
  readonly outgoing: OutgoingAttachments;
  readonly #c: SyncComponents;
  readonly #arrivals: Arrivals;
  readonly #fetching: FileFetching;
  readonly #serving: FileServing;

  constructor(components: SyncComponents, init: { knowledge: PeerKnowledge }) {
    this.#c = components;
    const { mesh } = components;
    const files = components.workspace.inbound.messageFiles;
    this.outgoing = new OutgoingAttachments(
      {
        files,
        reader: {
          isOurs: (peer) => init.knowledge.isOurs(peer),
          takesLarge: (peer) => mesh.supports(peer, LARGE_MESSAGES),
        },
      },
      { localPeer: mesh.peerId },
    );
    this.#fetching = new FileFetching(components);
    this.#serving = new FileServing(components);
    this.#arrivals = new Arrivals({
      files,
      fetch: (peer, id) => this.#fetching.fetch(peer, id),
      log: components.log,
    });
  }

  register(inbound: Inbound): void {
    this.#fetching.register(inbound);
    this.#serving.register(inbound);
  }

  start(): void {
    this.#fetching.start();
  }

  async stop(): Promise<void> {
    this.#serving.stop();
    await this.#fetching.stop();
    await this.#arrivals.idle();
  }

  /** Clears up after the last run; see {@link Uploads.recover}. */
  async recover(): Promise<void> {
    const kept = this.#fetching.keptParts();
    await this.#c.workspace.inbound.uploads.recover((name) => kept.has(name));
  }

  happened(event: NodeEvent): void {
    if (event.type === 'attachments.received') this.#arrivals.received(event);
  }

  /** A person asks for a file that did not come. @returns whether the peer can be asked. */
  fetchAgain(peer: PeerId, originFileId: string): boolean {
    return this.#fetching.again(peer, originFileId);
  }

  connected(peer: PeerId): void {
    this.#fetching.connected(peer);
  }

  disconnected(peer: PeerId): void {
    this.#serving.disconnected(peer);
    this.#fetching
      .disconnected(peer)
      .catch((error: unknown) => this.#c.log.warn({ err: error }, 'a file could not be set aside'));
  }
}
