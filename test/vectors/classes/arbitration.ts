/** `arbitration`: 01 section 5.9. */
import * as z from 'zod';
import { replaces } from '../../../server/mesh/arbitration.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { expectEqual, wireClass } from '../check.ts';

const contender = z.object({
  state: z.enum(['failed', 'disconnected', 'connecting', 'handshaking', 'connected', 'authenticated']),
  outbound: z.boolean(),
});
const schema = z.object({
  local_peer_id: z.string(),
  remote_peer_id: z.string(),
  existing: contender.nullable(),
  candidate: contender,
  replace: z.boolean(),
});

export const arbitration = wireClass('arbitration', schema, (vector) => {
  const { local_peer_id: local, remote_peer_id: remote, existing, candidate } = vector;
  expectEqual(
    { replace: replaces(local as PeerId, remote as PeerId, existing, candidate) },
    { replace: vector.replace },
  );
});
