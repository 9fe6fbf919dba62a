/** Identities and tables for the tests of this room. */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { KnownPeers, type PresentedPeer } from '../../server/identity/known-peers.ts';
import { createNodeIdentity, type NodeIdentity } from '../../server/identity/node-identity.ts';
import { Saver } from '../../server/identity/saver.ts';

/** The identity number `n`, always the same. */
export function identity(n: number): NodeIdentity {
  let next = 2 * n;
  const random = { bytes: (length: number) => new Uint8Array(length).fill(next++), fraction: () => 0 };
  return createNodeIdentity(random, nativeCrypto);
}

/** Its public half. */
export function peer(n: number): PresentedPeer {
  const { peerId, ed25519, x25519 } = identity(n);
  return { peerId, ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
}

/** Identity `n` with the agreement key of `other`. */
export function withForeignAgreementKey(n: number, other: number): PresentedPeer {
  return { ...peer(n), x25519PublicKey: peer(other).x25519PublicKey };
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Signing keys nobody may have: the identity, orders two, four and eight, and a coordinate above the prime. */
export const unsoundSigningKeys: readonly Uint8Array[] = [
  bytes(`01${'00'.repeat(31)}`),
  bytes(`ec${'ff'.repeat(30)}7f`),
  bytes('00'.repeat(32)),
  bytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  bytes(`ee${'ff'.repeat(30)}7f`),
];

/** Agreement keys nobody may have: zero, one, minus one, order eight, and a coordinate above the prime. */
export const unsoundAgreementKeys: readonly Uint8Array[] = [
  bytes('00'.repeat(32)),
  bytes(`01${'00'.repeat(31)}`),
  bytes(`ec${'ff'.repeat(30)}7f`),
  bytes('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'),
  bytes(`ee${'ff'.repeat(30)}7f`),
];

/** Timers that run when told to. */
export class ManualTimers {
  readonly tasks = new Set<() => void>();
  after(_ms: number, task: () => void): { cancel(): void } {
    const run = (): void => {
      this.tasks.delete(run);
      task();
    };
    this.tasks.add(run);
    return { cancel: () => void this.tasks.delete(run) };
  }
  every(_ms: number, _task: () => void): { cancel(): void } {
    throw new Error('not used here');
  }
  run(): void {
    for (const task of [...this.tasks]) task();
  }
}

/** A table of node 0 whose file is a variable. */
export function table(init: { text?: string | null; allowLoopback?: boolean } = {}): {
  known: KnownPeers;
  saved: string[];
  timers: ManualTimers;
} {
  const saved: string[] = [];
  const timers = new ManualTimers();
  const failed = (error: unknown): void => {
    throw error;
  };
  const saver = new Saver({ timers, save: (text) => void saved.push(text), failed });
  const known = new KnownPeers({ crypto: nativeCrypto, saver }, { localPeerId: identity(0).peerId, ...init });
  return { known, saved, timers };
}
