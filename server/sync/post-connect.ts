/**
 * What is done with a peer once it is connected (02 section 5.2), in the order of that section: lists before cards
 * before questions before catch-up. Deviation D-45: runs per peer, never twice at once; a call during a run makes one
 * more.
 */
import type { Timer } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import type { SyncComponents } from './context.ts';

/** A connection must have lived this long (02 section 5.2, step 0). */
const SETTLE_MS = 1500;

/** The steps, each towards one peer. */
export interface PostConnectSteps {
  /** a, b: the public channels. False when the peer is gone. */
  channels(peer: PeerId): Promise<boolean>;
  /** c: the profile cards. */
  cards(peer: PeerId): Promise<boolean>;
  /** d: the question for private channels. */
  membership(peer: PeerId): Promise<void>;
  /** f, g: introductions. */
  introductions(peer: PeerId): Promise<void>;
  /** h: what waits for it. */
  owed(peer: PeerId): Promise<void>;
  /** i: the question for what was missed. */
  catchup(peer: PeerId): Promise<void>;
}

/** `settling`: waits; `running`; `again`: runs and is to run once more. */
type State = { phase: 'settling'; timer: Timer } | { phase: 'running' | 'again' };

export class PostConnect {
  readonly #c: SyncComponents;
  readonly #steps: PostConnectSteps;
  readonly #states = new Map<PeerId, State>();
  #stopped = false;

  constructor(components: SyncComponents, init: { steps: PostConnectSteps }) {
    this.#c = components;
    this.#steps = init.steps;
  }

  /** The peer connected, or trust in it rose: does the work once the connection has settled. */
  enqueue(peer: PeerId): void {
    const info = this.#c.mesh.peerInfo(peer);
    if (this.#stopped || info === undefined) return;
    const state = this.#states.get(peer);
    if (state?.phase === 'running') this.#states.set(peer, { phase: 'again' });
    if (state !== undefined) return;
    const age = this.#c.ports.clock.now() - info.connectedAt;
    const wait = Math.min(Math.max(SETTLE_MS - age, 0), SETTLE_MS);
    const timer = this.#c.ports.timers.after(wait, () => void this.#run(peer));
    this.#states.set(peer, { phase: 'settling', timer });
  }

  /** The peer is gone: nothing is waited for. */
  disconnected(peer: PeerId): void {
    const state = this.#states.get(peer);
    if (state?.phase !== 'settling') return;
    state.timer.cancel();
    this.#states.delete(peer);
  }

  /** Peers whose work waits or is under way. */
  get depth(): number {
    return this.#states.size;
  }

  stop(): void {
    this.#stopped = true;
    for (const state of this.#states.values()) if (state.phase === 'settling') state.timer.cancel();
    this.#states.clear();
  }

  async #run(peer: PeerId): Promise<void> {
    this.#states.set(peer, { phase: 'running' });
    try {
      await this.#work(peer);
    } catch (error) {
      this.#c.log.warn({ peer, err: error }, 'the work after connecting ended early');
    }
    const again = this.#states.get(peer)?.phase === 'again';
    this.#states.delete(peer);
    if (again) this.enqueue(peer);
  }

  async #work(peer: PeerId): Promise<void> {
    if (this.#stopped || !(await this.#steps.channels(peer))) return;
    // Deviation D-34: only the public lists go to a peer nobody accepted yet (02 section 3.9).
    if (!this.#c.workspace.trust.isTrusted(peer)) return;
    if (!(await this.#steps.cards(peer))) return;
    await this.#steps.membership(peer);
    // Introductions may wait for the peer's name; nothing else waits for them.
    const introduced = this.#steps.introductions(peer);
    // What is owed is sent at Python's pace; questions need not wait for it.
    const owed = this.#steps.owed(peer);
    await this.#steps.catchup(peer);
    await Promise.all([owed, introduced]);
  }
}
