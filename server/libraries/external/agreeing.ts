/**
 * One asset at a time, what this node and another asset service hold becomes the same (07 section 4, deviation D-147). What both said
 * when they agreed last tells which of the two has changed since: a deletion or change on one side is done on the other.
 * When both changed something, the service is right, for the node is its agent.
 */
import type { GroupCommit } from '../../store/group-commit.ts';
import type { Agreement, ExternalAssets } from '../../store/external-assets.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { Clock } from '../../ports/types.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { AssetStore } from '../assets/asset-store.ts';
import { merged } from '../assets/meta.ts';
import type { Asset } from '../types.ts';
import type { CanService } from './can-service.ts';
import { digestOf, fieldsOf } from './shapes.ts';
import type { TheirAsset } from './shapes.ts';

/** What stands for the word of a service that was given an asset and has not answered yet. */
const UNANSWERED = new Uint8Array();

export interface AgreeingComponents {
  service: CanService;
  store: AssetStore;
  rows: ExternalAssets;
  commit: GroupCommit;
  clock: Clock;
}

export class Agreeing {
  readonly #c: AgreeingComponents;
  /** Names the service in the rows. */
  readonly #service: Uint8Array;

  constructor(components: AgreeingComponents, init: { service: Uint8Array }) {
    this.#c = components;
    this.#service = init.service;
  }

  /** Whether there is something to do about an asset that the service told of. */
  isNews(theirs: TheirAsset): boolean {
    const { rows, store } = this.#c;
    const agreed = rows.get(theirs.hash);
    const own = store.get(theirs.hash);
    if (agreed === null || own === null) return true;
    return !equalBytes(agreed.theirs, digestOf(theirs)) || !equalBytes(agreed.own, digestOf(own));
  }

  /** Whether something may have to be told about an asset that changed here. */
  isUntold(hash: AssetHash): boolean {
    const agreed = this.#c.rows.get(hash);
    const own = this.#c.store.get(hash);
    return agreed === null ? own !== null : own === null || !equalBytes(agreed.own, digestOf(own));
  }

  /**
   * Makes both the same in one asset.
   * @param listed what the service has just said of it; without it, it is asked.
   * @param mayHaveGone whether it is deleted here when the service has it no more.
   * @throws {ServiceError}, {@link AssetError}, {@link WrongBytesError}; an `Error` of the disk.
   */
  async settle(hash: AssetHash, listed: TheirAsset | null, mayHaveGone = false): Promise<void> {
    const { service, store, rows } = this.#c;
    const agreed = rows.get(hash);
    const theirs = listed ?? (await service.meta(hash));
    const own = store.get(hash);
    if (theirs === null) {
      if (own === null) await this.#forget(hash);
      else if (agreed === null || isUnanswered(agreed)) await this.#give(own);
      else if (mayHaveGone) {
        await store.delete(hash);
        await this.#forget(hash);
      }
    } else if (own !== null) await this.#reconcile(own, theirs);
    else if (agreed !== null && (agreed.gone || store.isHidden(hash))) {
      await service.remove(hash);
      await this.#forget(hash);
    } else await this.#take(theirs);
  }

  async #take(theirs: TheirAsset): Promise<void> {
    const { service, store, clock } = this.#c;
    const upload = await store.begin(theirs.size);
    try {
      if (!(await service.read(theirs.hash, theirs.size, (chunk) => upload.write(chunk)))) return;
      const { timestamp, origin_peer: originPeer } = theirs;
      const { asset } = await store.ingest(upload, fieldsOf(theirs), {
        hash: theirs.hash,
        ...(timestamp === null || timestamp > clock.now() ? {} : { timestamp }),
        ...(originPeer === null ? {} : { originPeer }),
      });
      await this.#agree(asset, theirs);
    } finally {
      await upload.discard();
    }
  }

  async #give(own: Asset): Promise<void> {
    const { service, store } = this.#c;
    const { asset, read } = await store.readable(own.hash);
    // First, so that one who deletes it here before the answer comes deletes it there, too.
    await this.#put(asset.hash, { own: digestOf(asset), theirs: UNANSWERED });
    let theirs = await service.ingest(asset, () => read());
    // A form cannot say everything: that there is no name, or a comma within a tag.
    if (!equalBytes(digestOf(theirs), digestOf(asset))) theirs = await service.describe(own.hash, asset);
    await this.#agree(asset, theirs);
  }

  async #reconcile(own: Asset, theirs: TheirAsset): Promise<void> {
    const { service, store, rows } = this.#c;
    const agreed = rows.get(own.hash);
    const [mine, other] = [digestOf(own), digestOf(theirs)];
    const changedHere = agreed === null || !equalBytes(agreed.own, mine);
    const changedThere = agreed === null || !equalBytes(agreed.theirs, other);
    let [now, then] = [own, theirs];
    if (agreed !== null && isUnanswered(agreed)) then = await service.describe(own.hash, own);
    else if (!equalBytes(mine, other)) {
      if (agreed === null) {
        const both = fieldsOf(merged({ ...own, ...given(theirs, own) }, fieldsOf(own)));
        now = await store.describe(own.hash, both);
        if (!equalBytes(digestOf(now), other)) then = await service.describe(own.hash, now);
      } else if (changedThere) now = await store.describe(own.hash, given(theirs, own));
      else if (changedHere) then = await service.describe(own.hash, own);
    }
    if (changedHere || changedThere) await this.#agree(now, then);
  }

  async #agree(own: Asset, theirs: TheirAsset): Promise<void> {
    await this.#put(own.hash, { own: digestOf(own), theirs: digestOf(theirs) });
  }

  async #put(hash: AssetHash, agreement: Omit<Agreement, 'gone'>): Promise<void> {
    await this.#c.commit.run(() => this.#c.rows.put(hash, this.#service, agreement));
  }

  async #forget(hash: AssetHash): Promise<void> {
    await this.#c.commit.run(() => this.#c.rows.delete(hash));
  }
}

function isUnanswered({ theirs }: Agreement): boolean {
  return theirs.length === 0;
}

/** What the service says of an asset; an asset here always has a type. */
function given(theirs: TheirAsset, own: Asset) {
  return { ...fieldsOf(theirs), mime_type: theirs.mime_type ?? own.mime_type };
}
