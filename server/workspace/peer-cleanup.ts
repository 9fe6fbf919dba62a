/** Forgetting a peer: what the database keeps of it (02 section 5.12, 04 section 3.5). Messages stay, they are history. */
import type { Repositories } from '../store/repositories.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { Owing } from './owing.ts';
import type { Requests } from './requests.ts';
import type { Trust } from './trust.ts';

/** What {@link PeerCleanup.withdraw} removed. */
export interface WithdrawnConsent {
  trustScores: number;
  requests: number;
}

/** What {@link PeerCleanup.forget} removed. */
export interface PeerResidue extends WithdrawnConsent {
  deviceProfiles: number;
  /** Files of it that were fetched or to be fetched; the files stay. */
  fileTransfers: number;
  /** Deletions that were asked of it. */
  deleteSignals: number;
  /** Shadow accounts that had written nothing. */
  shadowUserIds: UserId[];
  /** Shadow accounts that stay because messages name them. */
  keptShadowUserIds: UserId[];
}

export class PeerCleanup {
  readonly #rows: Repositories;
  readonly #trust: Trust;
  readonly #requests: Requests;
  readonly #owing: Owing;
  readonly #changes: Changes;

  constructor(components: {
    rows: Repositories;
    trust: Trust;
    requests: Requests;
    owing: Owing;
    changes: Changes;
  }) {
    this.#rows = components.rows;
    this.#trust = components.trust;
    this.#requests = components.requests;
    this.#owing = components.owing;
    this.#changes = components.changes;
  }

  /** Takes back what a person decided about `peer` (00, trust row: forgetting removes consent). */
  withdraw(peer: PeerId): WithdrawnConsent {
    return this.#changes.now(() => ({
      trustScores: Number(this.#trust.forget(peer)),
      requests: Number(this.#requests.forget(peer)),
    }));
  }

  /** Removes everything kept about `peer` itself, and the shadows of its people that nothing refers to. */
  forget(peer: PeerId): PeerResidue {
    return this.#changes.now(() => {
      const residue: PeerResidue = {
        ...this.withdraw(peer),
        deviceProfiles: Number(this.#rows.profiles.remove(peer)),
        fileTransfers: this.#rows.fileTransfers.forget(peer),
        deleteSignals: this.#rows.deleteSignals.forget(peer),
        shadowUserIds: [],
        keptShadowUserIds: [],
      };
      this.#owing.withdraw(peer);
      this.#rows.catchup.forgetPeer(peer);
      this.#rows.peerFacts.delete(peer);
      for (const user of this.#rows.users.ofPeer(peer)) {
        const list = this.#removeShadow(user.id) ? residue.shadowUserIds : residue.keptShadowUserIds;
        list.push(user.id);
      }
      return residue;
    });
  }

  #removeShadow(id: UserId): boolean {
    try {
      return this.#changes.now(() => {
        // Whoever stays keeps the binding to its home: nobody takes over the name of somebody forgotten.
        this.#rows.userHomes.forget(id);
        return this.#rows.users.removeShadow(id);
      });
    } catch {
      // A foreign key: something that stays was written by this person.
      return false;
    }
  }
}
