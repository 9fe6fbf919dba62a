/**
 * Two nodes that were started with the same passphrase accept each other when they meet, and share a library without an
 * invite to it (07 section 3.3); one with another passphrase is a stranger.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, NodeProcess } from './node-process.ts';

interface Listed {
  data: { id: string; name: string; owner: string; peers: string[] }[];
}

const same = { CANOPY_MESH_PASSPHRASE: 'duke-canman-sync' };
const a = new NodeProcess({ name: 'kim', env: same });
const b = new NodeProcess({ name: 'lou', env: same });
const c = new NodeProcess({ name: 'mia', env: { CANOPY_MESH_PASSPHRASE: 'duke-canman-sing' } });

before(async () => {
  await Promise.all([a.start(), b.start(), c.start()]);
  await Promise.all([a.setUp(), b.setUp(), c.setUp()]);
  // What the LAN does where it may: each finds the first.
  await b.importInviteOf(a);
  await c.importInviteOf(a);
});
after(() => Promise.all([a.dispose(), b.dispose(), c.dispose()]));

async function shared(node: NodeProcess): Promise<Listed['data'][number] | undefined> {
  return (await node.api<Listed>('GET', '/sync/libraries')).data[0];
}

test('who knows the passphrase is accepted and in the library, who does not is neither', async () => {
  const [idOfB, idOfC] = [await b.peerId(), await c.peerId()];
  await eventually('they have met', async () => (await shared(a))?.peers.includes(idOfB));
  const library = await shared(a);
  assert.equal(library?.id, '31061d7b-774a-883e-810b-f7c514a5f0bc');
  assert.equal(library.name, 'Shared');
  assert.equal(library.owner, '5PaqYvhzDTHyF6xY');
  await eventually('the other has it, too', async () => (await shared(b))?.id === library.id);
  assert.notEqual((await shared(c))?.id, library.id);
  const requests = await eventually('the stranger asks', async () => {
    const { requests: list } = await a.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests');
    return list.length > 0 && list;
  });
  assert.deepEqual(
    requests.map(({ peer_id: peer }) => peer),
    [idOfC],
  );
  assert.deepEqual((await shared(a))?.peers, [idOfB]);
});

test('what is put into the store of one is in that of the other, and it takes no invite', async () => {
  const form = new FormData();
  form.append('file', new Blob(['shared by passphrase']), 'note.txt');
  const headers = { 'X-API-Key': a.key };
  const answer = await fetch(`${a.url}/api/v1/can/0/ingest`, { method: 'POST', body: form, headers });
  assert.equal(answer.status, 201);
  const { data } = (await answer.json()) as { data: { hash: string } };
  await eventually('it is there', async () => {
    const { data: list } = await b.api<{ data: { assets: { hash: string }[] } }>('GET', '/can/0/list');
    return list.assets.some(({ hash }) => hash === data.hash);
  });
  const id = (await shared(a))?.id ?? '';
  const refused = await a.api<{ code: string }>('POST', `/sync/libraries/${id}/invite`, {}, [409]);
  assert.equal(refused.code, 'meeting_library');
});
