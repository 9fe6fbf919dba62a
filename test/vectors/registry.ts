/** The classes of vectors this project covers. */
import type { VectorClass } from './types.ts';
import { arbitration } from './classes/arbitration.ts';
import { atRest } from './classes/at-rest.ts';
import { base58 } from './classes/base58.ts';
import { canonicalJsonClass } from './classes/canonical-json.ts';
import { channelE2e } from './classes/channel-e2e.ts';
import { dmE2e } from './classes/dm-e2e.ts';
import { egress } from './classes/egress.ts';
import { endpoints } from './classes/endpoints.ts';
import { handshakeCapture } from './classes/handshake-capture.ts';
import { handshakeCases } from './classes/handshake-cases.ts';
import { helpers } from './classes/helpers.ts';
import { identities } from './classes/identities.ts';
import { identityGrants } from './classes/identity-grants.ts';
import { ingress } from './classes/ingress.ts';
import { invites } from './classes/invites.ts';
import { knownPeers } from './classes/known-peers.ts';
import { mdns } from './classes/mdns.ts';
import { messages } from './classes/messages.ts';
import { payloadEncryption, sharedSecrets } from './classes/payload-encryption.ts';
import { rateLimits } from './classes/rate-limits.ts';
import { recipientWrap } from './classes/recipient-wrap.ts';
import { rest } from './classes/rest.ts';
import { routingDecisions } from './classes/routing-decisions.ts';
import { signedMessages, tamperedMessages } from './classes/signed-messages.ts';
import { storage } from './classes/storage.ts';
import { transcripts } from './classes/transcripts.ts';

export const classes: readonly VectorClass[] = [
  arbitration,
  atRest,
  base58,
  canonicalJsonClass,
  channelE2e,
  dmE2e,
  egress,
  endpoints,
  handshakeCapture,
  handshakeCases,
  helpers,
  identities,
  identityGrants,
  ingress,
  invites,
  knownPeers,
  mdns,
  messages,
  payloadEncryption,
  rateLimits,
  recipientWrap,
  rest,
  routingDecisions,
  sharedSecrets,
  signedMessages,
  storage,
  tamperedMessages,
  transcripts,
];
