/**
 * How libraries stay the same on all their members (07 section 3.1): what changes here is published and told at once, what
 * others tell is merged and followed, and runs compare the rest (`sets`, handed to reconciliation by `node.ts`).
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import type { SecureLink, SecureLinks } from '../../mesh/secure/types.ts';
import type { Ports } from '../../ports/types.ts';
import type { Store } from '../../store/database.ts';
import type { NativeRefused } from '../../store/native-refused.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { LibraryRecords } from '../records.ts';
import type { Assets, LibraryView } from '../types.ts';
import { Followers } from './followers.ts';
import { Inbox } from './inbox.ts';
import { LibrarySets } from './library-sets.ts';
import { Publisher } from './publisher.ts';
import { Pushes } from './pushes.ts';
import { RecordSets } from './record-sets.ts';

export interface ReplicationComponents {
  records: LibraryRecords;
  view: Pick<LibraryView, 'active' | 'admitted' | 'isAdmitted' | 'onAdmitted'>;
  assets: Assets;
  links: SecureLinks;
  refused: NativeRefused;
  store: Pick<Store, 'commit'>;
  crypto: CryptoBackend;
  ports: Pick<Ports, 'clock' | 'timers'>;
  log: Log;
}

export interface ReplicationInit {
  localPeer: PeerId;
  /** `full_scan_interval_secs` in ms (07 section 4). */
  fullScanIntervalMs: number;
}

export class Replication {
  /** The sets of libraries, for the runs of reconciliation. */
  readonly sets: LibrarySets;
  readonly #c: ReplicationComponents;
  readonly #inbox: Inbox;
  readonly #publisher: Publisher;
  readonly #followers: Followers;
  readonly #pushes: Pushes;
  #end: (() => void) | null = null;

  constructor(components: ReplicationComponents, init: ReplicationInit) {
    const { records, ports, store } = components;
    const { clock, timers } = ports;
    this.#c = components;
    const pause = (): Promise<void> =>
      new Promise((resolve) => {
        timers.after(0, resolve);
      });
    const parts = { ...components, clock, timers, pause };
    this.#inbox = new Inbox(parts);
    this.#publisher = new Publisher(parts, init);
    this.#followers = new Followers(parts);
    this.#pushes = new Pushes({ ...parts, inbox: this.#inbox });
    this.sets = new LibrarySets({
      ...parts,
      inbox: this.#inbox,
      sets: new RecordSets({ rows: records.rows, pause }),
      commit: (work) => store.commit.now(work),
    });
  }

  /** Begins; idempotent. */
  start(): void {
    if (this.#end !== null) return;
    const forgotten = this.#c.records.onForgotten((libraryId) => this.sets.forget(libraryId));
    const changes = this.#c.records.onChange((change) => {
      this.sets.changed(change);
      this.#pushes.changed(change);
      this.#followers.changed(change);
      // Who may write now, and what records are gone, may make something of ours new.
      if (change.rights) this.#publisher.rescan(change.libraryId);
    });
    this.#end = () => {
      changes();
      forgotten();
    };
    this.#publisher.start();
    this.#followers.start();
  }

  /** Idempotent. */
  stop(): void {
    this.#end?.();
    this.#end = null;
    this.#publisher.stop();
    this.#followers.stop();
    this.#inbox.stop();
  }

  /** Tells a peer these records of the library, if they live. */
  tellAgain(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]): void {
    // It may have been removed since it asked.
    if (!this.#c.view.isAdmitted(link, libraryId)) return;
    const { rows } = this.#c.records;
    this.#pushes.tell(
      link,
      libraryId,
      hashes.flatMap((hash) => rows.get(libraryId, 'asset', hash) ?? []),
    );
  }

  /** An admitted peer told records of assets, known ones too. */
  onHeard(handler: (link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]) => void): void {
    this.#pushes.onHeard(handler);
  }

  /** A full scan now, or soon after the one under way. */
  rescan(libraryId: LibraryId): void {
    this.#publisher.rescan(libraryId);
  }
}
