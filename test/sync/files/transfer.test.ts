/** Files with messages between two nodes: small ones along, large ones fetched, with resume, limits and hostile peers. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { StoredFile } from '../../../server/store/files.ts';
import type { FileId, MessageId, PeerId, UserId } from '../../../server/wire/ids.ts';
import { CoreWorld, GENERAL } from '../../sim/core.ts';
import type { Core, CoreInit } from '../../sim/core.ts';
import { MemoryFileBytes } from '../../sim/memory-bytes.ts';

/** How a node of the reference introduces itself. */
const PYTHON: CoreInit = {
  canopyVersion: '0.5.38',
  capabilities: ['chat', 'files', 'voice', 'dm_e2e_v1', 'large_attachment_store_v1', 'bulk_sync_1mb_v1'],
};
const OLD: CoreInit = { canopyVersion: '0.1.0', capabilities: ['chat', 'files', 'voice'] };

interface Pair {
  world: CoreWorld;
  a: Core;
  b: Core;
  alice: UserId;
  bob: UserId;
}

async function pair(seed: number, initA: CoreInit = {}, initB: CoreInit = {}): Promise<Pair> {
  const world = new CoreWorld(seed);
  const [a, b] = [world.core({ host: '10.0.0.1', ...initA }), world.core({ host: '10.0.0.2', ...initB })];
  const [alice, bob] = [a.addPerson('alice'), b.addPerson('bob')];
  await a.start();
  await b.start();
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  a.workspace.requests.decide(b.mesh.peerId, 'accept');
  await world.time.run(10_000);
  return { world, a, b, alice, bob };
}

async function settled<T>(world: CoreWorld, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => (over = true));
  done.catch(() => undefined);
  await world.time.until(() => over);
  return done;
}

async function upload(
  { world }: Pair,
  core: Core,
  by: UserId,
  data: Uint8Array,
  name = 'a.gz',
): Promise<StoredFile> {
  const coming = await core.workspace.files.begin();
  await coming.write(data);
  return settled(world, coming.finish({ name, type: '' }, by));
}

async function post({ world }: Pair, core: Core, by: UserId, file: StoredFile): Promise<string> {
  const attachments = [{ id: file.id, alt: 'A ladder', width: 40, height: 30 }];
  const posted = core.workspace.channelMessages.post(by, {
    channelId: GENERAL,
    content: `see /files/${file.id}`,
    attachments,
  });
  return (await settled(world, posted)).id;
}

type Entry = Record<string, unknown>;
const entryOf = (core: Core, reader: UserId): Entry | undefined => core.general(reader)[0]?.attachments[0];
const isHere = (core: Core, reader: UserId): boolean => entryOf(core, reader)?.['url'] !== undefined;
const bytesOf = (core: Core, reader: UserId): Buffer | undefined => {
  const id = entryOf(core, reader)?.['id'] as FileId;
  const place = core.disk.repositories.files.get(id)?.filePath ?? '';
  return core.disk.bytes instanceof MemoryFileBytes ? core.disk.bytes.kept.get(place) : undefined;
};
const gzip = (size: number): Buffer => Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(size - 2)]);
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const progress = (core: Core): Extract<Core['events'][number], { type: 'attachment.progress' }>[] =>
  core.events.filter((event) => event.type === 'attachment.progress');
const served = (core: Core): Extract<Core['events'][number], { type: 'file.served' }>[] =>
  core.events.filter((event) => event.type === 'file.served');
const status = (core: Core, peer: PeerId, file: string): [string?, (string | null)?] => {
  const row = core.disk.repositories.fileTransfers.get(peer, file);
  return [row?.status, row?.error];
};

for (const [what, init] of [
  ['one of ours', {}],
  ['Python', PYTHON],
  ['an old Python', OLD],
] as const)
  test(`a small file goes along with the message, from and to ${what}`, async () => {
    const made = await pair(1, {}, init);
    const { world, a, b, alice, bob } = made;
    const data = gzip(9_000);
    const file = await upload(made, a, alice, data);
    await post(made, a, alice, file);
    await world.time.until(() => b.general(bob).length === 1 && isHere(b, bob));
    assert.deepEqual(bytesOf(b, bob), data);
    const entry = entryOf(b, bob);
    assert.notEqual(entry?.['id'], file.id);
    assert.deepEqual(
      [entry?.['name'], entry?.['type'], entry?.['size'], entry?.['checksum'], entry?.['file_id']],
      ['file.gz'.replace('file', 'a'), 'application/gzip', 9_000, hash(data), entry?.['id']],
    );
    // What the sender says of the picture comes with it.
    assert.deepEqual([entry?.['alt'], entry?.['width'], entry?.['height']], ['A ladder', 40, 30]);
    // Links in the text lead to the copy here, and whoever reads the message reads the file.
    assert.equal(b.general(bob)[0]?.content, `see /files/${String(entry?.['id'])}`);
    assert.equal(b.workspace.files.access(bob, entry?.['id'] as FileId).access.allowed, true);
    const back = await upload(made, b, bob, gzip(500));
    await post(made, b, bob, back);
    await world.time.until(
      () => a.general(alice).length === 2 && a.general(alice)[1]?.attachments[0]?.['url'] !== undefined,
    );
  });

for (const [what, init, size] of [
  ['one of ours, as items of the session', {}, 3_000_000],
  ['Python, as messages', PYTHON, 1_500_000],
] as const)
  test(`a large file is announced and fetched from ${what}`, async () => {
    const made = await pair(2, init, {});
    const { world, a, b, alice, bob } = made;
    const data = gzip(size);
    const file = await upload(made, a, alice, data);
    await post(made, a, alice, file);
    await world.time.until(() => b.general(bob).length === 1);
    const placeholder = entryOf(b, bob);
    if (!isHere(b, bob))
      assert.deepEqual(
        [placeholder?.['origin_file_id'], placeholder?.['source_peer_id'], placeholder?.['size']],
        [file.id, a.mesh.peerId, size],
      );
    await world.time.until(() => isHere(b, bob));
    assert.deepEqual(bytesOf(b, bob), data);
    assert.deepEqual(status(b, a.mesh.peerId, file.id), ['completed', null]);
    const told = progress(b).map((event) => event.state);
    assert.ok(told.includes('running') && told.at(-1) === 'available', told.join());
    assert.deepEqual(b.disk.bytes?.incomingNames(), []);
    // Whoever sent it sees how far that device is.
    const given = served(a);
    assert.ok(given.every(({ userId, peerId }) => userId === alice && peerId === b.mesh.peerId));
    assert.deepEqual([given[0]?.state, given[0]?.done], ['running', 0]);
    assert.deepEqual([given.at(-1)?.state, given.at(-1)?.done], ['done', size]);
  });

test('what an old Python gets of a file of more than 256 KiB is its name, and the sender is told', async () => {
  const made = await pair(15, {}, OLD);
  const { world, a, b, alice, bob } = made;
  const left: unknown[] = [];
  for (const size of [262_145, 262_144]) {
    const id = (await post(made, a, alice, await upload(made, a, alice, gzip(size)))) as MessageId;
    await world.time.until(() => a.workspace.delivery.summary('message', id)?.state === 'sent');
    left.push(a.workspace.delivery.summary('message', id)?.filesLeftOut);
  }
  assert.deepEqual(left, [[b.mesh.peerId], undefined]);
  await world.time.until(() => b.general(bob).length === 2);
});

test('a direct message takes its file to its reader, and nobody else there reads it', async () => {
  const made = await pair(3);
  const { world, a, b, alice, bob } = made;
  const eve = b.addPerson('eve');
  const data = gzip(40_000);
  const file = await upload(made, a, alice, data);
  const sent = a.workspace.directMessages.send(alice, {
    recipientIds: [bob],
    content: 'for you',
    attachments: [{ id: file.id }],
  });
  await settled(world, sent);
  const entry = (): Entry | undefined => b.direct(bob)[0]?.attachments[0];
  await world.time.until(() => entry()?.['url'] !== undefined);
  const id = entry()?.['id'] as FileId;
  assert.equal(b.workspace.files.access(bob, id).access.reason, 'direct-message-visibility');
  assert.equal(b.workspace.files.access(eve, id).access.allowed, false);
  const events = (userId: UserId): unknown[] =>
    b.workspace.journal
      .page({ userId, readMessages: true }, { afterSeq: 0, limit: 100 })
      .items.filter(({ eventType }) => eventType === 'attachment.available')
      .map(({ payload }) => payload?.['local_file_id']);
  assert.deepEqual([events(bob), events(eve)], [[id], []]);
});

test('fetching goes on where it stopped, over a lost session and a restart', async () => {
  const made = await pair(4);
  const { world, a, alice, bob } = made;
  let { b } = made;
  const data = gzip(6_000_000);
  const file = await upload(made, a, alice, data);
  // The session is cut after the first pieces.
  const link = a.mesh.links.get(b.mesh.peerId) ?? assert.fail('no secure session');
  const send = link.send.bind(link);
  let pieces = 0;
  link.send = async (type, body) => {
    if (type === 0x27 && (pieces += 1) === 4) a.mesh.drop(b.mesh.peerId);
    return send(type, body);
  };
  await post(made, a, alice, file);
  await world.time.until(() => pieces >= 4);
  await world.time.run(100);
  assert.equal(served(a).at(-1)?.state, 'waiting');
  await settled(world, b.stop());
  const [part] = b.disk.bytes?.incomingNames() ?? [];
  assert.match(part ?? '', /^[0-9a-f]{64}\.part$/);
  assert.equal(status(b, a.mesh.peerId, file.id)[0], 'pending');
  const before = (b.disk.bytes as MemoryFileBytes).coming.get(part ?? '')?.length ?? 0;
  assert.ok(before > 0 && before < data.length, String(before));
  b = world.core({ host: '10.0.0.2' }, b.disk);
  await b.start();
  let again = 0;
  a.mesh.links.onOpen((next) => {
    const onward = next.send.bind(next);
    next.send = async (type, body) => {
      if (type === 0x27) again += body.length;
      return onward(type, body);
    };
  });
  void b.mesh.connect(a.mesh.peerId, a.mesh.localEndpoints());
  await world.time.until(() => isHere(b, bob));
  assert.deepEqual(bytesOf(b, bob), data);
  assert.ok(
    again < data.length - before + 10_000,
    `${again} of ${data.length} sent again, ${before} were there`,
  );
  assert.deepEqual(b.disk.bytes?.incomingNames(), []);
  assert.equal(b.general(bob)[0]?.content, `see /files/${String(entryOf(b, bob)?.['id'])}`);
});

test('a file goes when no message refers to it any more; what people here uploaded stays', async () => {
  const made = await pair(12);
  const { world, a, b, alice, bob } = made;
  await post(made, a, alice, await upload(made, a, alice, gzip(9_000)));
  await upload(made, b, bob, gzip(100));
  await world.time.until(() => b.general(bob).length === 1 && isHere(b, bob));
  const { sql, commit } = b.disk.store;
  const rows = (): number => sql.all('SELECT id FROM files').length;
  assert.equal(await b.workspace.fileUpkeep.run(), 0);
  sql.run("UPDATE files SET uploaded_at = '2020-01-01 00:00:00'");
  assert.deepEqual([await b.workspace.fileUpkeep.run(), rows()], [0, 2]);
  const message = b.general(bob)[0] ?? assert.fail('no message');
  commit.now(() => b.disk.repositories.channelMessages.delete(message.id, Date.now()));
  assert.equal(await settled(world, b.workspace.fileUpkeep.run()), 1);
  assert.equal(rows(), 1);
  assert.equal((b.disk.bytes as MemoryFileBytes).kept.size, 1);
});

test('an almost full disk takes no files; messages still come, and the file when there is room', async () => {
  const made = await pair(13);
  const { world, a, b, alice, bob } = made;
  const bytes = b.disk.bytes as MemoryFileBytes;
  bytes.free = 1_000_000;
  const file = await upload(made, a, alice, gzip(40_000));
  await post(made, a, alice, file);
  await world.time.until(() => b.general(bob).length === 1);
  await world.time.run(5_000);
  assert.equal(isHere(b, bob), false);
  await assert.rejects(b.workspace.files.begin(), /almost full/);
  bytes.free = Number.MAX_SAFE_INTEGER;
  a.mesh.drop(b.mesh.peerId);
  await world.time.run(1_000);
  void b.mesh.connect(a.mesh.peerId, a.mesh.localEndpoints());
  await world.time.until(() => isHere(b, bob));
});

test('a peer gets only files that a message it may have refers to', async () => {
  const made = await pair(5);
  const { a, b, alice } = made;
  const file = await upload(made, a, alice, gzip(100));
  const { messageFiles } = a.workspace.inbound;
  assert.equal(messageFiles.openFor(b.mesh.peerId, 'Fnone'), 'file_not_found');
  assert.equal(messageFiles.openFor(b.mesh.peerId, file.id), 'access_denied:unreferenced');
  await post(made, a, alice, file);
  assert.equal(typeof messageFiles.openFor(b.mesh.peerId, file.id), 'object');
  a.workspace.trust.setScore(b.mesh.peerId, 0);
  assert.equal(messageFiles.openFor(b.mesh.peerId, file.id), 'access_denied:no-visible-reference');
});

test('naming a file of this node in a message from elsewhere gets nobody its bytes', async () => {
  const made = await pair(6);
  const { world, a, b, alice, bob } = made;
  const secret = await upload(made, a, alice, gzip(200));
  const claim = { id: secret.id, name: 'mine.gz', origin_file_id: secret.id, source_peer_id: a.mesh.peerId };
  const sent = b.workspace.channelMessages.post(bob, {
    channelId: GENERAL,
    content: 'look',
    attachments: [claim],
  });
  await settled(world, sent);
  await world.time.until(() => a.general(alice).length === 1);
  await world.time.run(5_000);
  assert.equal(a.general(alice)[0]?.attachments[0]?.['url'], undefined);
  assert.equal(typeof a.workspace.inbound.messageFiles.openFor(b.mesh.peerId, secret.id), 'string');
});

/** A node whose peer answers requests by hand. */
async function asked(seed: number): Promise<Pair & { requestId: string; file: StoredFile; data: Buffer }> {
  const made = await pair(seed, PYTHON, {});
  const { world, a, b, alice, bob } = made;
  const data = gzip(600_000);
  const file = await upload(made, a, alice, data);
  let requestId = '';
  // The peer says nothing by itself.
  a.workspace.inbound.messageFiles.openFor = (_peer: PeerId, id: string) => `silent:${id}`;
  const send = a.mesh.send.bind(a.mesh);
  a.mesh.send = (type, to, payload, options) => {
    if (type !== 'large_attachment_error') return send(type, to, payload, options);
    requestId = String((payload.metadata as Entry)['request_id']);
    return Promise.resolve('sent');
  };
  await post(made, a, alice, file);
  await world.time.until(() => requestId !== '' && b.general(bob).length === 1);
  return { ...made, requestId, file, data };
}

const chunk = (
  { requestId, file, data }: { requestId: string; file: StoredFile; data: Buffer },
  index: number,
  changes: Entry = {},
): Entry => ({
  type: 'large_attachment_chunk',
  request_id: requestId,
  origin_file_id: file.id,
  file_name: '../../evil.html',
  content_type: 'text/html',
  checksum: file.checksum,
  size: data.length,
  uploaded_by: 'somebody',
  chunk_index: index,
  total_chunks: 3,
  data: data.subarray(index * 262_144, (index + 1) * 262_144).toString('base64'),
  source_peer_id: 'x',
  ...changes,
});

test('chunks of Python in any order and twice make the file, owned by the author, of the type it has', async () => {
  const made = await asked(7);
  const { world, a, b, bob, alice } = made;
  for (const index of [1, 0, 0, 2])
    await settled(
      world,
      a.mesh.sendDirect('large_attachment_chunk', b.mesh.peerId, {
        content: '',
        metadata: chunk(made, index),
      }),
    );
  await world.time.until(() => isHere(b, bob));
  assert.deepEqual(bytesOf(b, bob), made.data);
  const row = b.disk.repositories.files.get(entryOf(b, bob)?.['id'] as FileId);
  assert.deepEqual(
    [row?.uploadedBy, row?.contentType, row?.originalName],
    [alice, 'application/gzip', 'a.gz'],
  );
});

for (const [what, changes, error] of [
  [
    'wrong bytes',
    { data: Buffer.from('x').toString('base64'), chunk_index: 0, total_chunks: 1 },
    'size_mismatch',
  ],
  ['a file larger than announced', { size: 700_000 }, 'size_mismatch'],
  ['far too many chunks', { total_chunks: 5_000 }, 'chunk_decode_failed'],
  ['a chunk beyond the end', { chunk_index: 9 }, 'chunk_decode_failed'],
] as const)
  test(`${what}: refused, nothing stays, and the row says why`, async () => {
    const made = await asked(8);
    const { world, a, b, bob, file } = made;
    const metadata = chunk(made, 0, changes);
    await settled(
      world,
      a.mesh.sendDirect('large_attachment_chunk', b.mesh.peerId, { content: '', metadata }),
    );
    await world.time.until(() => status(b, a.mesh.peerId, file.id)[0] === 'error');
    assert.equal(status(b, a.mesh.peerId, file.id)[1], error);
    assert.equal(isHere(b, bob), false);
    assert.deepEqual(b.disk.bytes?.incomingNames(), []);
  });

test('chunks nobody asked for, of another file or under another request, change nothing', async () => {
  const made = await asked(9);
  const { world, a, b, file } = made;
  for (const changes of [
    { request_id: 'LAR0000000000000000' },
    { origin_file_id: 'Fother' },
    { request_id: '../../x' },
  ]) {
    const metadata = chunk(made, 0, changes);
    await settled(
      world,
      a.mesh.sendDirect('large_attachment_chunk', b.mesh.peerId, { content: '', metadata }),
    );
  }
  await world.time.run(1_000);
  assert.equal(status(b, a.mesh.peerId, file.id)[0], 'requested');
  const coming = (b.disk.bytes as MemoryFileBytes).coming;
  assert.deepEqual(
    [...coming.values()].map((bytes) => bytes.length),
    [0],
  );
});

test('a checksum that does not fit throws the file away', async () => {
  const made = await asked(10);
  const { world, a, b, file } = made;
  for (const index of [0, 1, 2]) {
    const metadata = chunk(made, index, index === 1 ? { data: gzip(262_144).toString('base64') } : {});
    await settled(
      world,
      a.mesh.sendDirect('large_attachment_chunk', b.mesh.peerId, { content: '', metadata }),
    );
  }
  await world.time.until(() => status(b, a.mesh.peerId, file.id)[0] === 'error');
  assert.equal(status(b, a.mesh.peerId, file.id)[1], 'checksum_mismatch');
  assert.deepEqual(b.disk.bytes?.incomingNames(), []);
  // However often it failed, somebody can ask for it again.
  assert.equal(b.sync.fetchFile(a.mesh.peerId, file.id), true);
  await world.time.until(() => status(b, a.mesh.peerId, file.id)[0] !== 'error');
});

test('a peer that falls silent is asked again, and not for ever', async () => {
  const made = await asked(11);
  const { world, a, b, file } = made;
  const requests = new Set<string>();
  const send = b.mesh.sendDirect.bind(b.mesh);
  b.mesh.sendDirect = (type, to, payload, options) => {
    if (type === 'large_attachment_request') requests.add(String((payload.metadata as Entry)['request_id']));
    return send(type, to, payload, options);
  };
  await world.time.run(400_000);
  assert.equal(requests.size, 2);
  assert.equal(status(b, a.mesh.peerId, file.id)[0], 'pending');
});
