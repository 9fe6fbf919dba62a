/**
 * What a broker does with a request (02 section 4.2, with R10), as a pure decision: who gets which of the three kinds of
 * message, in the order in which they are sent.
 */
import type { PeerId } from '../../wire/ids.ts';
import type { RelayPolicy } from '../types.ts';

/** One message a broker sends: an introduction of, or an offer to carry for, `about`. */
export interface BrokerStep {
  type: 'broker_intro' | 'relay_offer';
  to: PeerId;
  about: PeerId;
}

/** What the decision rests on. */
export interface BrokerSituation {
  policy: RelayPolicy;
  localPeerId: PeerId;
  requester: PeerId;
  /** Whether a person here accepted the requester. */
  accepted: boolean;
  target: PeerId;
  neighbours: readonly PeerId[];
}

/**
 * The answer to a request: nothing for somebody nobody accepted or for a target that is no neighbour, an introduction
 * under `broker_only`, offers to both besides under `full_relay`. Deviation D-39: a relay to somebody who is not here
 * is not offered.
 */
export function brokerSteps(situation: BrokerSituation): BrokerStep[] {
  const { policy, localPeerId, requester, accepted, target, neighbours } = situation;
  if (policy === 'off' || !accepted) return [];
  if (target === localPeerId || target === requester) return [];
  if (!neighbours.includes(target) || !neighbours.includes(requester)) return [];
  const intro: BrokerStep = { type: 'broker_intro', to: target, about: requester };
  if (policy === 'broker_only') return [intro];
  return [
    intro,
    { type: 'relay_offer', to: requester, about: target },
    { type: 'relay_offer', to: target, about: requester },
  ];
}
