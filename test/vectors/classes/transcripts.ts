/**
 * `transcripts`: recorded conversations between nodes (02 sections 3 to 7), replayed against this program in the
 * place of one of them. Compared are kind, hops and order of what it sends to each neighbour, from one thing an
 * operator did to the next; ids, times and signatures differ. Left out: private channels and files, of what is not
 * built yet.
 */
import path from 'node:path';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { expectEqual, isObject } from '../check.ts';
import { place, Stage, type Part } from '../transcripts/replay.ts';
import { transcriptSchema, type Transcript } from '../transcripts/schema.ts';
import type { VectorCase, VectorClass } from '../types.ts';
import { meshIdentities } from './mesh-identities.ts';

/** The nodes this program stands in for, by the name of the transcript. */
const PARTS: Readonly<Record<string, readonly Part[]>> = {
  '01-untrusted-then-trusted': [
    {
      node: 'A',
      person: 'alice',
      accepts: [],
      prepare: (stage) => stage.post('before connect'),
      acts: {
        11: (stage) => stage.post('while untrusted'),
        12: (stage) => stage.write('nobody', 'hello'),
        21: (stage) => void stage.core.workspace.trust.setScore(stage.peer('B'), 90),
      },
      until: 28,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: [],
      acts: {
        0: (stage) => stage.importInvite('A'),
        13: (stage) => void stage.core.workspace.trust.setScore(stage.peer('A'), 90),
      },
      until: 28,
    },
  ],
  '03-reconnect-and-catchup': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['B'],
      acts: {
        18: (stage) => stage.post('m0'),
        23: (stage) => {
          stage.post('m1');
          stage.post('m2');
          stage.write('bob', 'a letter');
          void stage.core.workspace.people.updateProfile(stage.person, { bio: 'changed' });
        },
      },
      until: 43,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: ['A'],
      acts: { 0: (stage) => stage.importInvite('A') },
      until: 43,
    },
  ],
  '04-broker-and-relay': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['B', 'C'],
      prepare: (stage) => {
        stage.core.mesh.relays.policy = 'full_relay';
      },
      acts: {
        33: (stage) => {
          stage.importInvite('C');
          stage.importInvite('B');
        },
        88: (stage) => {
          stage.core.mesh.relays.policy = 'off';
        },
      },
      until: 96,
    },
  ],
};

const OMITTED: Readonly<Record<string, string>> = {
  '02-trusted-live': 'files are not built yet',
  '05-e2e-private-channel-and-digest': 'private channels with their own key are not built yet',
  '06-mixed-0.4.29-and-0.5.38': 'files are not built yet',
};

export const transcripts: VectorClass = {
  name: 'transcripts',
  recognises: (json) => isObject(json) && 'nodes' in json && 'events' in json,
  cases(json, context): VectorCase[] {
    const name = path.basename(context.path, '.json');
    const parts = PARTS[name];
    if (parts === undefined) {
      const omitted = OMITTED[name] ?? 'nothing is known of what its operators did';
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
  return notes.flatMap(({ seq }) =>
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
