/**
 * `transcripts`: recorded conversations between nodes (02 sections 3 to 7), replayed against this program in the
 * place of one of them. Compared are kind, hops and order of what it sends to each neighbour, from one thing an
 * operator did to the next; ids, times and signatures differ.
 */
import path from 'node:path';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { expectEqual, isObject } from '../check.ts';
import { PARTS } from '../transcripts/parts.ts';
import { place, Stage, type Part } from '../transcripts/replay.ts';
import { transcriptSchema, type Transcript } from '../transcripts/schema.ts';
import type { VectorCase, VectorClass } from '../types.ts';
import { meshIdentities } from './mesh-identities.ts';

export const transcripts: VectorClass = {
  name: 'transcripts',
  recognises: (json) => isObject(json) && 'nodes' in json && 'events' in json,
  cases(json, context): VectorCase[] {
    const name = path.basename(context.path, '.json');
    const parts = PARTS[name];
    if (parts === undefined) {
      const omitted = 'nothing is known of what its operators did';
      return [{ id: name, omitted, run: () => undefined }];
    }
    const transcript = transcriptSchema.parse(json);
    const byPeer = meshIdentities(context.sibling('../identities.json'));
    const identities = new Map(
      Object.entries(transcript.nodes).flatMap(([label, { peer_id: peer }]) => {
        const identity = byPeer.get(peer);
        return identity === undefined ? [] : [[label, identity] as const];
      }),
    );
    return parts.flatMap((part) => casesOf(name, part, transcript, identities));
  },
};

/** A case for each thing an operator did and each neighbour; the first one that runs replays the conversation. */
function casesOf(
  name: string,
  part: Part,
  transcript: Transcript,
  identities: ReadonlyMap<string, NodeIdentity>,
): VectorCase[] {
  let played: Promise<Stage> | null = null;
  const play = (): Promise<Stage> => {
    const stage = new Stage(transcript, part, identities);
    return (played ??= stage.play().then(() => stage));
  };
  const notes = transcript.events.filter((event) => event.kind === 'note' && event.seq < part.until);
  const neighbours = Object.keys(transcript.nodes).filter((label) => label !== part.node);
  const compared = notes.filter(({ seq }) => part.leaves?.includes(seq) !== true);
  return compared.flatMap(({ seq }) =>
    neighbours.map((neighbour) => {
      const at = place(seq, neighbour);
      return {
        id: `${name}/${part.node} ${at}`,
        run: async () => {
          const { sent, expected } = await play();
          const nothing = { said: [], answered: [] };
          expectEqual(sent.get(at) ?? nothing, expected.get(at) ?? nothing);
        },
      };
    }),
  );
}
