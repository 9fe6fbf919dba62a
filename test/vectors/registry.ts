/** The classes of vectors this project covers. */
import type { VectorClass } from './types.ts';
import { arbitration } from './classes/arbitration.ts';
import { base58 } from './classes/base58.ts';
import { endpoints } from './classes/endpoints.ts';
import { identities } from './classes/identities.ts';
import { invites } from './classes/invites.ts';
import { knownPeers } from './classes/known-peers.ts';
import { mdns } from './classes/mdns.ts';
import { rateLimits } from './classes/rate-limits.ts';
import { routingDecisions } from './classes/routing-decisions.ts';

export const classes: readonly VectorClass[] = [
  arbitration,
  base58,
  endpoints,
  identities,
  invites,
  knownPeers,
  mdns,
  rateLimits,
  routingDecisions,
];
