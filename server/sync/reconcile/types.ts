/**
 * What the parts of reconciliation say to each other (06 section 4). The run itself (`run-client.ts`, `run-server.ts`)
 * sees only these interfaces: frames out, sets and items through a store.
 */
import type { ForeignItem } from '../../wire/reconcile-frames.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { Cut } from '../../wire/negentropy/record-set.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';
import type { ItemType } from '../../wire/secure-frames.ts';

/** A set that this node believes the other may see. */
export interface SharedSet {
  /** As the own tables name it. */
  setId: string;
  /** 8 bytes. */
  tag: Uint8Array;
  /** First whole second held here. */
  floor: number;
  /** 1: compared when all that differed in the others is exchanged, because its items are judged by theirs. */
  stage?: 0 | 1;
}

/** An item to be sent, as JSON text, with what it costs in a page. */
export interface OutgoingItem {
  id: Uint8Array;
  text: string;
}

/** What became of an item that came. */
export interface Taken {
  /** Recomputed from what the item says it is; `null` when it says nothing sound. */
  id: Uint8Array | null;
  ts: number;
  outcome: 'stored' | 'refused' | 'invalid';
}

/** The sets and items of one node as one peer may see them. */
export interface RunStore {
  /** The sets shared with the peer now. */
  shared(): SharedSet[];
  /**
   * A set as it is now.
   * @param cut.until last whole second that takes part
   * @param cut.expiresAbove Unix ms
   */
  snapshot(setId: string, cut: Cut): Promise<Snapshot>;
  /** Items in the given order, as far as they are here; the others are gone. */
  load(setId: string, ids: readonly Uint8Array[]): Promise<OutgoingItem[]>;
  /** Begins with what {@link take} has to do before it can store anything. */
  ahead(items: readonly ForeignItem[]): void;
  /** Takes items in; resolves after the commit, one answer per item. */
  take(setId: string, items: readonly ForeignItem[], admits: (id: Uint8Array) => boolean): Promise<Taken[]>;
  /** The peer asked for, or lacks, something that is only remembered as refused here: it is not remembered any more. */
  unrefuse(setId: string, ids: readonly Uint8Array[]): void;
}

/**
 * Sets that another room owns (07 section 3.1): they take part in the runs with every peer that shares one, accepted for
 * chat or not. Methods are those of {@link RunStore}, and are asked only for sets that are shared with the peer now.
 */
export interface ForeignSets {
  owns(setId: string): boolean;
  shared(peer: PeerId): { setId: string; stage: 0 | 1 }[];
  snapshot(peer: PeerId, setId: string, cut: Cut): Promise<Snapshot>;
  load(peer: PeerId, setId: string, ids: readonly Uint8Array[]): Promise<OutgoingItem[]>;
  take(
    peer: PeerId,
    setId: string,
    items: readonly ForeignItem[],
    admits: (id: Uint8Array) => boolean,
  ): Promise<Taken[]>;
  unrefuse(peer: PeerId, setId: string, ids: readonly Uint8Array[]): void;
  /** A set became shared with the peer, or has to be compared with it soon. The returned function ends it. */
  onWanted(handler: (peer: PeerId) => void): () => void;
  /** Something changed here that others may not know. The returned function ends it. */
  onChange(handler: () => void): () => void;
}

/** How a run ended. */
export interface RunResult {
  /** `fault`: the other side broke the rules. */
  status: 'ok' | 'same' | 'partial' | 'aborted' | 'fault' | 'clock' | 'busy' | 'lost';
  got: number;
  gave: number;
  refused: number;
  /** Ids that differed, of each set (hex), for noticing what never becomes equal. */
  differed: { setId: string; id: Uint8Array; ts: number | null }[];
  /** Of what we gave, ids that the other side refused. */
  refusedByPeer: Uint8Array[];
  /** Whether a set that both share held this when the run began. */
  contains(setId: string, record: { ts: number; id: Uint8Array }): boolean;
}

/** What a run works with. */
export interface RunComponents {
  store: RunStore;
  crypto: { sha256(data: Uint8Array): Uint8Array };
  /** Hands a frame to the link. Never throws, never waits. */
  send(type: ItemType, body: Uint8Array): void;
  /** Lets others have the event loop for a moment. */
  pause(): Promise<void>;
  /** Told of every step forward: items taken, of how many. */
  progress(done: number, total: number): void;
}
