/**
 * `transcripts`: recorded conversations between nodes (02 sections 3 to 7), replayed against this program in the
 * place of one of them. Compared are kind, hops and order of what it sends to each neighbour, from one thing an
 * operator did to the next; ids, times and signatures differ.
 */
import path from 'node:path';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import type { ChannelId, MessageId } from '../../../server/wire/ids.ts';
import { GENERAL } from '../../sim/core.ts';
import { expectEqual, isObject } from '../check.ts';
import { place, Stage, type Part } from '../transcripts/replay.ts';
import { transcriptSchema, type Transcript } from '../transcripts/schema.ts';
import type { VectorCase, VectorClass } from '../types.ts';
import { meshIdentities } from './mesh-identities.ts';

/** The first message of `02-trusted-live`. */
const HELLO = 'M7b76ed0ffb77c80c4cc2904b' as MessageId;
/** The private channel of the conversation that is played. */
let vault = '' as ChannelId;

/** The nodes this program stands in for, by the name of the transcript. */
/** A private channel as the operators of the recorded nodes made them. */
const VAULT = { name: 'vault', type: 'private', privacyMode: 'private' };

const PARTS: Readonly<Record<string, readonly Part[]>> = {
  '02-trusted-live': [
    {
      node: 'B',
      person: 'bob',
      accepts: ['A'],
      acts: {
        0: (stage) => stage.importInvite('A'),
        17: (stage) => stage.post('reply', GENERAL, HELLO),
        21: (stage) => stage.like(HELLO),
        25: (stage) => stage.write('alice', 'hi alice'),
      },
      leaves: [31],
      until: 60,
    },
  ],
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
        15: (stage) => stage.channel(VAULT, ['bob'], (id) => (vault = id)),
        18: (stage) => stage.post('m0'),
        23: (stage) => {
          stage.post('m1');
          stage.post('m2');
          stage.post('m3', vault);
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
        73: (stage) => stage.channel({ ...VAULT, name: 'ab' }, ['bob'], (id) => (vault = id)),
        77: (stage) => stage.post('for bob', vault),
        88: (stage) => {
          stage.core.mesh.relays.policy = 'off';
        },
      },
      until: 96,
    },
  ],
};

const OMITTED: Readonly<Record<string, string>> = {
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
