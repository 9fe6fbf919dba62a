/**
 * Which nodes of the recorded conversations this program stands in for, and what their operators did: the notes of a
 * conversation say it in words. Times and order come from the recording.
 */
import type { ChannelId, MessageId, PostId } from '../../../server/wire/ids.ts';
import type { Part, Stage } from './replay.ts';

/** Of `02-trusted-live`: the first message, its author's post, and where they are in the conversation. */
const HELLO = 'M7b76ed0ffb77c80c4cc2904b' as MessageId;
const FEED_HELLO = '3213566fd820a8921c5ca614e89db739' as PostId;
/** Of `05-e2e-private-channel-and-digest`: the private channel and a message B lost. */
const VAULT = 'Ca9fed810cf7991d1' as ChannelId;
const LOST = 'M62d0445d8399a09b8bf9a42b' as MessageId;

/** A click on Connect beside a peer that was introduced: directly, then through those who know both. */
async function reach(stage: Stage, name: string): Promise<void> {
  const { mesh, sync } = stage.core;
  const peer = stage.peer(name);
  const known = mesh.introduced().find((introduced) => introduced.peer_id === peer);
  const { ok } = await mesh.connect(peer, known?.endpoints ?? []);
  if (!ok) await sync.brokering.ask(peer);
}

export const PARTS: Readonly<Record<string, readonly Part[]>> = {
  '01-untrusted-then-trusted': [
    {
      node: 'A',
      person: 'alice',
      accepts: [],
      prepare: ({ operator }) => operator.post('before connect'),
      acts: {
        11: ({ operator }) => operator.post('while untrusted'),
        12: ({ operator }) => operator.write('nobody', 'hello'),
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
  '02-trusted-live': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['B'],
      acts: {
        15: ({ operator }) => operator.post('hello'),
        19: ({ operator }) => operator.edit('hello', 'hello again'),
        23: ({ operator }) => operator.write('bob', 'hi bob'),
        27: ({ operator }) => operator.profile({ displayName: 'Alice L.', bio: 'hi there' }),
        29: ({ operator }) => operator.feed('feed hello'),
        33: ({ operator }) => operator.post('see note', { file: 40 }),
        35: ({ operator }) => operator.post('see blob', { file: 716_800 }),
        41: ({ operator }) => operator.channel('lab', [], { type: 'public', privacyMode: 'open' }),
        43: ({ operator }) => operator.channel('vault'),
        44: ({ operator }) => operator.addMember('vault', 'bob'),
        48: ({ operator }) => operator.post('private hello', { channel: 'vault' }),
        50: (stage) =>
          void stage.core.sync.peerSend.direct(stage.person, stage.peer('B'), 'raw p2p direct', {}),
        52: (stage) => void stage.core.sync.peerSend.broadcast(stage.person, 'raw p2p broadcast', {}),
        54: ({ operator }) => operator.delete('hello'),
        57: ({ operator }) => operator.deleteLetter('hi bob'),
      },
      until: 63,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: ['A'],
      acts: {
        0: (stage) => stage.importInvite('A'),
        17: ({ operator }) => operator.post('reply', { parent: HELLO }),
        21: ({ operator }) => operator.like(HELLO),
        25: ({ operator }) => operator.write('alice', 'hi alice'),
        31: ({ operator }) => operator.likePost(FEED_HELLO),
      },
      until: 63,
    },
  ],
  '03-reconnect-and-catchup': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['B'],
      acts: {
        15: ({ operator }) => operator.channel('vault', ['bob']),
        18: ({ operator }) => operator.post('m0'),
        23: ({ operator }) => {
          operator.post('m1');
          operator.post('m2');
          operator.post('m3', { channel: 'vault' });
          operator.write('bob', 'a letter');
          operator.feed('a post');
          operator.profile({ bio: 'changed' });
        },
      },
      until: 63,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: ['A'],
      acts: { 0: (stage) => stage.importInvite('A') },
      until: 63,
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
        73: ({ operator }) => operator.channel('ab', ['bob']),
        77: ({ operator }) => operator.post('for bob', { channel: 'ab' }),
        88: (stage) => {
          stage.core.mesh.relays.policy = 'off';
        },
      },
      until: 96,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: ['A', 'C'],
      prepare: (stage) => stage.meet('carol', 'C'),
      acts: {
        15: (stage) => stage.importInvite('A'),
        50: (stage) => void reach(stage, 'C'),
        59: ({ operator }) => operator.write('carol', 'hi carol'),
        62: ({ operator }) => operator.post('hello'),
        64: ({ operator }) => operator.channel('bc', ['carol']),
        65: ({ operator }) => operator.post('for carol', { channel: 'bc' }),
        66: (stage) =>
          void stage.core.sync.peerSend.direct(stage.person, stage.peer('C'), 'over a relay', {}),
        69: ({ operator }) => operator.profile({ bio: 'changed' }),
        88: ({ operator }) => operator.write('carol', 'hi again'),
        91: (stage) => void reach(stage, 'C'),
      },
      until: 93,
    },
    {
      node: 'C',
      person: 'carol',
      accepts: ['A', 'B'],
      acts: {
        0: (stage) => stage.importInvite('A'),
        78: (stage) => stage.core.sync.resync(stage.peer('A')),
      },
      until: 93,
    },
  ],
  '05-e2e-private-channel-and-digest': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['B'],
      prepare: ({ operator }) => operator.post('first'),
      acts: {
        16: ({ operator }) => operator.channel('vault', ['bob']),
        22: ({ operator }) => operator.post('secret', { channel: 'vault' }),
        26: ({ operator }) => operator.post('secret again', { channel: 'vault' }),
        46: ({ operator }) => operator.removeMember('vault', 'bob'),
      },
      until: 49,
    },
    {
      node: 'B',
      person: 'bob',
      accepts: ['A'],
      acts: {
        0: (stage) => stage.importInvite('A'),
        24: ({ operator }) => operator.post('secret reply', { channel: VAULT }),
        26: (stage) => stage.forget('channel_keys', 'channel_id', VAULT),
        31: (stage) => stage.importInvite('A'),
        38: (stage) => {
          stage.forget('channel_messages', 'id', LOST);
          stage.importInvite('A');
        },
      },
      until: 49,
    },
  ],
  '06-mixed-0.4.29-and-0.5.38': [
    {
      node: 'A',
      person: 'alice',
      accepts: ['C'],
      acts: {
        13: ({ operator }) => operator.post('from new node'),
        15: ({ operator }) => operator.write('carol', 'new to old'),
        21: ({ operator }) => operator.post('see blob', { file: 716_800 }),
      },
      // What was deleted is not said, and nothing was sent.
      leaves: [25],
      until: 26,
    },
    {
      node: 'C',
      person: 'carol',
      accepts: ['A'],
      acts: {
        0: (stage) => stage.importInvite('A'),
        11: ({ operator }) => operator.post('from old node'),
        17: ({ operator }) => operator.write('alice', 'old to new'),
        19: ({ operator }) => operator.feed('feed old'),
        23: ({ operator }) => operator.post('see blob2', { file: 921_600 }),
      },
      until: 26,
    },
  ],
};
