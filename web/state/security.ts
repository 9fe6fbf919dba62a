/**
 * What protects the link to a peer, and what keeps away one that used to connect securely (06 sections 1.4 and 5): the
 * words, the warning, and the two decisions of the owner.
 */
import { connectPeer, loadMesh, sections } from './mesh.ts';
import { closeToast, showToast } from './notices.ts';
import type { PeerAlarm, PeerCard } from './peers.ts';
import { navigate } from './router.ts';
import { api } from './session.ts';

/** The words of a link, and what they mean. */
export const PROTECTION = {
  secure: { text: 'secure', title: 'Encrypted end to end with forward secrecy' },
  tls: { text: 'tls', title: 'Encrypted on the way (wss), not end to end' },
  signed: {
    text: 'signed only: readable on the network',
    title: 'Signed, so nobody can change it, but readable on the network',
  },
} as const;

/** Who can read what goes over the link of a card. */
export function protectionSentence({ protection, reach }: PeerCard): string {
  if (protection === null) return 'Not connected now.';
  if (reach.kind !== 'via') return `${PROTECTION[protection].title}.`;
  return protection === 'secure'
    ? `Encrypted end to end with forward secrecy. ${reach.name} carries it and cannot read it.`
    : `Signed, so nobody can change it, but ${reach.name}, who carries it, can read it.`;
}

/** What a person decides about a pinned peer. */
export type PinDecision = 'unpin' | 'accept_key';

/** A warning in words: what happened, what to do, and the decision that ends it. */
export interface AlarmWords {
  happened: string;
  advice: string;
  decision: PinDecision;
}

const ALARMS: Readonly<Record<PeerAlarm['reason'], Omit<AlarmWords, 'happened'> & { short: string }>> = {
  secure_required: {
    short:
      'used to connect securely and now does not: it went back to Python Canopy, or somebody is interfering.',
    advice:
      'Ask the person there by another way, for example by phone, which program runs on that device. Until you decide, the connection is refused; what you write waits.',
    decision: 'unpin',
  },
  peer_key_changed: {
    short:
      'came with another key than before: it was set up anew with its old identity, or somebody is interfering.',
    advice:
      'Ask the person there by another way, for example by phone, whether the device was set up anew. Until you decide, the connection is refused; what you write waits.',
    decision: 'accept_key',
  },
};

/** The warning about a peer called `name`. */
export function alarmWords(reason: PeerAlarm['reason'], name: string): AlarmWords {
  const { short, advice, decision } = ALARMS[reason];
  return { happened: `${name} ${short}`, advice, decision };
}

/** What each decision is called, and what it means; asked once more before it counts. */
export const DECISIONS: Readonly<
  Record<PinDecision, { button: string; title: (name: string) => string; means: readonly string[] }>
> = {
  unpin: {
    button: 'Allow without encryption',
    title: (name) => `Allow ${name} without encryption?`,
    means: [
      'From now on it may connect without encryption, as Python Canopy does. Whoever watches the network can then read what you send each other.',
      'Do this only if the person there told you that the device runs Python Canopy now. After the next secure connection encryption is required again.',
    ],
  },
  accept_key: {
    button: 'Accept the new key',
    title: (name) => `Accept a new key from ${name}?`,
    means: [
      'The next secure connection may bring another key, and that key is remembered from then on. The connection must still be secure.',
      'Do this only if the person there told you that the device was set up anew. Somebody who interferes would bring another key, too.',
    ],
  },
};

/** Carries out a decision, and connects again at once; an answer that does not come is what its card says. */
export async function decidePin(peerId: string, action: PinDecision): Promise<void> {
  await api.post('/api/v1/p2p/security', { peer_id: peerId, action });
  await loadMesh();
  connectPeer(peerId).catch(() => undefined);
}

/** Alarms told about on this page, by peer. */
const told = new Map<string, PeerAlarm['reason']>();

/** Warns on whatever page the person is, once for each peer and reason. */
export function announceAlarms(): void {
  const { alarms } = sections.value;
  for (const peerId of [...told.keys()]) {
    if (alarms.some((peer) => peer.peerId === peerId)) continue;
    told.delete(peerId);
    closeToast(`alarm:${peerId}`);
  }
  for (const { peerId, name, alarm } of alarms) {
    if (alarm === null || told.get(peerId) === alarm.reason) continue;
    told.set(peerId, alarm.reason);
    showToast({
      key: `alarm:${peerId}`,
      text: `Security warning: ${alarmWords(alarm.reason, name).happened}`,
      actions: [{ label: 'Show', run: () => navigate('/connect') }],
    });
  }
}
