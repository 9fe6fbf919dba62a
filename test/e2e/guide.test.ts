/**
 * The curl commands of the guide "Connecting Two Canopy Instances", sections 4 to 9, as they stand there: only
 * addresses, ports, keys and ids are replaced. What the guide promises of an answer is what is asserted.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NodeProcess, eventually, type TestMessage } from './node-process.ts';
import { missingCurl, runJson } from './shell.ts';

const a = new NodeProcess({ name: 'machine-a' });
const b = new NodeProcess({ name: 'machine-b' });
let peerA = '';
let peerB = '';

before(async () => {
  await Promise.all([a.start(), b.start()]);
  await Promise.all([a.setUp(), b.setUp()]);
  [peerA, peerB] = await Promise.all([a.peerId(), b.peerId()]);
});
after(async () => {
  await Promise.all([a.dispose(), b.dispose()]);
});

/** Runs a command of the guide on `node`. Pretty-printing is left to whoever reads. */
function guide(
  node: NodeProcess,
  command: string,
  { code = '', peer = '' }: { code?: string; peer?: string } = {},
): Promise<Record<string, unknown>> {
  return runJson(
    command
      .replace(/ *\\\n *\| python3 -m json\.tool/, '')
      .replace(' | python3 -m json.tool', '')
      .replace(/http:\/\/(localhost|<machine-a-ip>):7770/, node.url)
      .replace('YOUR_API_KEY', node.key)
      .replace('$CANOPY_API_KEY', node.key)
      .replace(/canopy:eyJ2IjoxLCJwaWQiOi\.\.\.|PASTE_INVITE_HERE/, code)
      .replace(/3XjWVzhnQot4knTZ|PEER_ID_HERE/, peer),
  );
}

const SHOW_INVITE = String.raw`curl -s http://<machine-a-ip>:7770/api/v1/p2p/invite \
  -H "X-API-Key: YOUR_API_KEY" | python3 -m json.tool`;
const IMPORT = String.raw`curl -X POST http://localhost:7770/api/v1/p2p/invite/import \
  -H "X-API-Key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"invite_code": "canopy:eyJ2IjoxLCJwaWQiOi..."}'`;
const RELAY_STATUS = String.raw`curl -s http://localhost:7770/api/v1/p2p/relay_status \
  -H "X-API-Key: YOUR_API_KEY" | python3 -m json.tool`;

async function messageShows(node: NodeProcess, content: string): Promise<TestMessage> {
  return eventually(`${node.name} shows "${content}"`, async () =>
    (await node.api<{ messages: TestMessage[] }>('GET', '/messages')).messages.find(
      (message) => message.content === content,
    ),
  );
}

describe('the guide', { skip: missingCurl() }, () => {
  test('4: the invite of A, imported on B, then the reverse', async () => {
    const invite = await guide(a, SHOW_INVITE);
    assert.match(String(invite['invite_code']), /^canopy:eyJ2IjoxLCJwaWQiOi/);
    assert.equal(invite['peer_id'], peerA);
    const endpoints = invite['endpoints'] as string[];
    assert.ok(endpoints.includes(`ws://127.0.0.1:${a.meshPort}`));

    const imported = await guide(b, IMPORT, { code: String(invite['invite_code']) });
    assert.equal(imported['peer_id'], peerA);
    assert.deepEqual(imported['endpoints'], endpoints);
    assert.equal(imported['status'], 'connected');
    assert.ok(endpoints.includes(String(imported['connected_endpoint'])));

    const back = await guide(b, SHOW_INVITE);
    const reverse = await guide(a, IMPORT, { code: String(back['invite_code']) });
    assert.equal(reverse['peer_id'], peerB);
    assert.equal(reverse['status'], 'connected');
  });

  test('4: a peer that cannot be reached is registered and said to be away', async () => {
    const away = await new NodeProcess({ name: 'away' }).start();
    try {
      await away.setUp();
      const invite = await guide(away, SHOW_INVITE);
      await away.stop();
      const imported = await guide(b, IMPORT, { code: String(invite['invite_code']) });
      assert.equal(imported['status'], 'imported_not_connected');
      assert.deepEqual(imported['endpoints'], invite['endpoints']);
      assert.match(String(imported['message']), /^Peer registered but could not connect to any endpoint\./);
    } finally {
      await away.dispose();
    }
  });

  test('5: an invite with a public address has it first', async () => {
    for (const host of ['10.0.0.2', '198.51.100.1']) {
      const invite = await guide(
        a,
        String.raw`curl -s "http://localhost:7770/api/v1/p2p/invite?public_host=${host}&public_port=7771" \
      -H "X-API-Key: YOUR_API_KEY"`,
      );
      assert.equal((invite['endpoints'] as string[])[0], `ws://${host}:7771`);
    }
  });

  test('5: the connection can be verified', async () => {
    const status = await guide(b, 'curl -s http://localhost:7770/api/v1/p2p/status');
    assert.equal(status['running'], true);
    assert.equal(status['peer_id'], peerB);
    const peers = await guide(
      b,
      'curl -s http://localhost:7770/api/v1/p2p/peers -H "X-API-Key: YOUR_API_KEY"',
    );
    assert.deepEqual(peers['connected_peers'], [peerA]);
  });

  test('6: a broadcast and a direct message arrive', async () => {
    const broadcast = await guide(
      b,
      String.raw`curl -X POST http://localhost:7770/api/v1/p2p/send \
  -H "X-API-Key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"content": "Hello from Machine B!", "broadcast": true}'`,
    );
    assert.equal(broadcast['success'], true);
    assert.deepEqual(broadcast['delivered_to'], [peerA]);
    const direct = await guide(
      b,
      String.raw`curl -X POST http://localhost:7770/api/v1/p2p/send \
  -H "X-API-Key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"content": "Hello peer!", "peer_id": "3XjWVzhnQot4knTZ"}'`,
      { peer: peerA },
    );
    assert.equal(direct['success'], true);
    await messageShows(a, 'Hello from Machine B!');
    await messageShows(a, 'Hello peer!');
  });

  test('7: version without a key, diagnostics with one', async () => {
    const open = await guide(a, 'curl -s http://localhost:7770/api/v1/info');
    assert.deepEqual(Object.keys(open), ['version']);
    const full = await guide(a, 'curl -s http://localhost:7770/api/v1/info -H "X-API-Key: YOUR_API_KEY"');
    assert.equal((full['p2p_network'] as { peer_id?: string }).peer_id, peerA);
  });

  test('8: the relay policy is set, answered, and survives a restart', async () => {
    const set = await guide(
      a,
      String.raw`curl -X POST http://localhost:7770/api/v1/p2p/relay_policy \
  -H "X-API-Key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"policy": "full_relay"}'`,
    );
    assert.equal(set['relay_policy'], 'full_relay');
    assert.equal(set['success'], true);
    await a.stop();
    await a.start();
    const status = await guide(a, RELAY_STATUS);
    assert.equal(status['relay_policy'], 'full_relay');
    assert.equal(typeof status['active_relays'], 'object');
    assert.equal(typeof status['routing_table'], 'object');
  });

  test('8: the policy can be set from the environment before the first start', async () => {
    const relay = new NodeProcess({ name: 'relay', env: { CANOPY_RELAY_POLICY: 'full_relay' } });
    try {
      await (await relay.start()).setUp();
      assert.equal((await guide(relay, RELAY_STATUS))['relay_policy'], 'full_relay');
    } finally {
      await relay.dispose();
    }
  });

  test('9: nodes reconnect by themselves, and by hand', async () => {
    await b.waitConnected(peerA);
    const again = await guide(
      b,
      String.raw`curl -X POST http://localhost:7770/api/v1/p2p/reconnect \
  -H "X-API-Key: YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"peer_id": "PEER_ID_HERE"}'`,
      { peer: peerA },
    );
    assert.equal(again['status'], 'connected');
  });

  test('quick reference: copy and paste', async () => {
    const invite = await guide(
      a,
      String.raw`curl -s http://localhost:7770/api/v1/p2p/invite \
  -H "X-API-Key: $CANOPY_API_KEY" | python3 -m json.tool`,
    );
    const imported = await guide(
      b,
      String.raw`curl -X POST http://localhost:7770/api/v1/p2p/invite/import \
  -H "X-API-Key: $CANOPY_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"invite_code": "PASTE_INVITE_HERE"}'`,
      { code: String(invite['invite_code']) },
    );
    assert.equal(imported['status'], 'connected');
    const peers = await guide(
      b,
      String.raw`curl -s http://localhost:7770/api/v1/p2p/peers \
  -H "X-API-Key: $CANOPY_API_KEY" | python3 -m json.tool`,
    );
    assert.deepEqual(peers['connected_peers'], [peerA]);
  });
});
