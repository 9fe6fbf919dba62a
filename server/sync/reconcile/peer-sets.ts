/** The sets and items of this node as one peer may see them (06 section 4.1, "shared with P if"). */
import type { PeerId } from '../../wire/ids.ts';
import { FEED_SET, channelSet, directSet, directSetWith, setTag } from '../../wire/item-id.ts';
import type { Cut } from '../../wire/negentropy/record-set.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';
import type { ForeignItem } from '../../wire/reconcile-frames.ts';
import { isPublicOpen, isQuarantine } from '../../workspace/channel-rules.ts';
import type { SyncComponents } from '../context.ts';
import type { Intake } from './intake.ts';
import type { Outgoing } from './outgoing.ts';
import { Places } from './places.ts';
import { feedItem, trustedItems } from './post-items.ts';
import type { SetCache } from './set-cache.ts';
import type { ForeignSets, OutgoingItem, RunStore, SharedSet, Taken } from './types.ts';

/** Unconfirmed messages asked for in one run; the next one asks for more. */
const MAX_UNCONFIRMED = 10_000;

export interface PeerSetsComponents {
  sync: SyncComponents;
  cache: SetCache;
  intake: Intake;
  outgoing: Outgoing;
  /** Sets of other rooms; `null` when there are none. */
  foreign: ForeignSets | null;
  /** Lets others have the event loop for a moment. */
  pause(): Promise<void>;
}

export class PeerSets implements RunStore {
  readonly #c: PeerSetsComponents;
  readonly #peer: PeerId;
  /** Of the sets whose items were asked for, where the records of the last snapshot stand. */
  readonly #places = new Map<string, Promise<Places>>();
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(components: PeerSetsComponents, init: { peer: PeerId }) {
    this.#c = components;
    this.#peer = init.peer;
  }

  shared(): SharedSet[] {
    const { crypto } = this.#c.sync;
    const foreign = this.#c.foreign?.shared(this.#peer) ?? [];
    return [
      ...this.#ofChat().map(({ setId, named }) => ({ setId, tag: setTag(crypto, named) })),
      ...foreign.map(({ setId, stage }) => ({ setId, tag: setTag(crypto, setId), stage })),
      // Nothing is thrown away here for its age alone, so everything is held from the beginning.
    ].map((set) => ({ ...set, floor: 0 }));
  }

  /** What is shared with a peer that is accepted, as the own tables and as both sides name it. */
  #ofChat(): { setId: string; named: string }[] {
    const { workspace, repositories, mesh } = this.#c.sync;
    if (!workspace.trust.isTrusted(this.#peer)) return [];
    const { channels, channelMembers } = repositories;
    const sets = channels
      .list()
      .filter((channel) => !isQuarantine(channel.id, channel.name) && !channels.isRetired(channel.id))
      .filter(
        (channel) =>
          isPublicOpen(channel) || channelMembers.remotePeers(channel.id, mesh.peerId).includes(this.#peer),
      )
      .map((channel) => ({ setId: channelSet(channel.id), named: channelSet(channel.id) }));
    const direct = { setId: directSetWith(this.#peer), named: directSet(mesh.peerId, this.#peer) };
    return [...sets, direct, { setId: FEED_SET, named: FEED_SET }];
  }

  async snapshot(setId: string, cut: Cut): Promise<Snapshot> {
    const foreign = this.#foreign(setId);
    if (foreign !== null) return foreign.snapshot(this.#peer, setId, cut);
    const { refused, reported } = this.#c.sync.repositories;
    const held = refused.ofSet(this.#peer, setId).map(({ id, ts }) => ({ id, ts, expiresAt: Infinity }));
    // What only others told of this peer's people counts as missing: its own word replaces theirs.
    const isFeed = setId === FEED_SET;
    const unconfirmed = isFeed
      ? reported.postsOfHome(this.#peer, setId, MAX_UNCONFIRMED)
      : reported.ofHome(this.#peer, setId, MAX_UNCONFIRMED);
    if (isFeed)
      for (const { id, ts, expiresAt } of await trustedItems(this.#c.sync, this.#peer, () => this.#c.pause()))
        held.push({ id, ts, expiresAt: expiresAt ?? Infinity });
    const snapshot = await this.#c.cache.snapshot(setId, cut, held, unconfirmed);
    this.#snapshots.set(setId, snapshot);
    this.#places.delete(setId);
    return snapshot;
  }

  async load(setId: string, ids: readonly Uint8Array[]): Promise<OutgoingItem[]> {
    const foreign = this.#foreign(setId);
    if (foreign !== null) return this.#isShared(setId) ? foreign.load(this.#peer, setId, ids) : [];
    const snapshot = this.#snapshots.get(setId);
    if (snapshot === undefined || !this.#isShared(setId)) return [];
    const places = this.#places.get(setId) ?? this.#placesOf(snapshot);
    this.#places.set(setId, places);
    const { items } = this.#c.sync.repositories;
    const known = await places;
    const held = ids.flatMap((id) => {
      const ts = known.timestamp(id);
      if (ts === undefined) return [];
      const isFeed = setId === FEED_SET;
      return (isFeed ? feedItem(this.#c.sync, this.#peer, { ts, id }) : items.at(setId, { ts, id })) ?? [];
    });
    return this.#c.outgoing.load(
      this.#peer,
      held.sort((a, b) => a.ts - b.ts),
    );
  }

  ahead(items: readonly ForeignItem[]): void {
    this.#c.intake.ahead(items);
  }

  async take(
    setId: string,
    items: readonly ForeignItem[],
    admits: (id: Uint8Array) => boolean,
  ): Promise<Taken[]> {
    // Acceptance and membership may have ended since the run began.
    if (!this.#isShared(setId)) return items.map(() => ({ id: null, ts: 0, outcome: 'invalid' }));
    const foreign = this.#foreign(setId);
    if (foreign !== null) return foreign.take(this.#peer, setId, items, admits);
    return this.#c.intake.take(this.#peer, setId, items, admits);
  }

  unrefuse(setId: string, ids: readonly Uint8Array[]): void {
    const foreign = this.#foreign(setId);
    if (foreign !== null) {
      foreign.unrefuse(this.#peer, setId, ids);
      return;
    }
    const { workspace, repositories } = this.#c.sync;
    workspace.inbound.changes.now(() => {
      for (const id of ids) repositories.refused.remove(this.#peer, setId, id);
    });
  }

  async #placesOf(snapshot: Snapshot): Promise<Places> {
    const work = Places.of(snapshot, this.#c.sync.ports.random);
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      await this.#c.pause();
    }
  }

  #foreign(setId: string): ForeignSets | null {
    const { foreign } = this.#c;
    return foreign?.owns(setId) === true ? foreign : null;
  }

  #isShared(setId: string): boolean {
    return this.shared().some((set) => set.setId === setId);
  }
}
