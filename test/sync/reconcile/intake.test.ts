import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { toIsoTime } from '../../../server/store/time.ts';
import { liveMessage } from '../../../server/sync/channel-forms.ts';
import { Intake } from '../../../server/sync/reconcile/intake.ts';
import { createEnvelope, envelopeText } from '../../../server/wire/envelope.ts';
import type { MessageId, UserId } from '../../../server/wire/ids.ts';
import { itemId } from '../../../server/wire/item-id.ts';
import { channelMessageSchema } from '../../../server/wire/payloads/channel-message.ts';
import { readMetadata } from '../../../server/wire/payloads/payload.ts';
import { fromPlain } from '../../../server/wire/pyjson.ts';
import { decodePage, encodePage } from '../../../server/wire/reconcile-frames.ts';
import { CoreWorld, GENERAL } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';

const SET = 'c:general';
const AT = Date.UTC(2026, 0, 1);
const SECONDS = AT / 1000;

let core: Core;
let ada: UserId;
let world: CoreWorld;
let intake: Intake;
/** The author of messages, known and accepted; and the peer that passes them on. */
let author: NodeIdentity;
let peer: NodeIdentity;

beforeEach(async () => {
  world = new CoreWorld(5);
  core = world.core();
  ada = core.addPerson('ada');
  await core.start();
  [author, peer] = [someone(), someone()];
  const components = {
    mesh: core.mesh,
    workspace: core.workspace,
    repositories: core.disk.repositories,
    knownPeers: core.knownPeers,
    identity: core.disk.identity,
    crypto: nativeCrypto,
    ports: world.ports('10.9.9.9'),
    bus: { publish: () => undefined } as never,
    log: { debug: () => undefined } as never,
    ownDevice: () => assert.fail(),
  };
  intake = new Intake(components, { pause: async () => undefined });
});

/** A node with known keys that this one accepted. */
function someone(): NodeIdentity {
  const identity = createNodeIdentity(world.random.fork(), nativeCrypto);
  core.knownPeers.importPeer({
    peerId: identity.peerId,
    ed25519PublicKey: identity.ed25519.publicKey,
    x25519PublicKey: identity.x25519.publicKey,
    endpoints: [],
  });
  core.workspace.trust.setScore(identity.peerId, 90);
  return identity;
}

const metadataOf = (by = author): Record<string, unknown> => ({
  type: 'channel_message',
  channel_id: 'general',
  user_id: 'user_author',
  message_id: 'M1',
  timestamp: toIsoTime(AT),
  origin_peer: by.peerId,
});

/** The text of a signed message of the author. */
function signed(metadata: object = {}, content = 'signed', by = author): string {
  const envelope = createEnvelope(nativeCrypto, by, {
    id: 'e'.repeat(32),
    type: 'channel_message',
    toPeer: null,
    timestamp: SECONDS,
    ttl: 0,
    payload: fromPlain({ content, metadata: { ...metadataOf(by), ...metadata } }),
  });
  return envelopeText(envelope);
}

const env = (...texts: string[]): string => `{"ts":${SECONDS},"env":[${texts.join(',')}]}`;

/** A message told without envelope. */
function told(fields: object = {}, body: object = {}): string {
  const row = { id: 'M1', channel_id: 'general', user_id: 'user_author', content: 'told' };
  const times = { created_at: '2026-01-01 00:00:00' };
  return JSON.stringify({
    k: 'm',
    id: 'M1',
    ts: SECONDS,
    v: '',
    ...fields,
    body: { ...row, ...times, ...body },
  });
}

async function takeAll(texts: readonly string[], from = peer, admits = true): Promise<string[]> {
  const page = { run: 1, tag: new Uint8Array(8), page: 1, gone: [], done: 0, total: 0 };
  const { items } = decodePage(encodePage({ ...page, items: texts }));
  const taking = intake.take(from.peerId, SET, items, () => admits);
  taking.catch(() => undefined);
  await world.time.run(1_000);
  return (await taking).map(({ outcome }) => outcome);
}

async function take(item: string, from = peer, admits = true): Promise<string | undefined> {
  return (await takeAll([item], from, admits))[0];
}

const row = () => core.disk.repositories.channelMessages.get('M1' as MessageId);
const item = () => core.disk.repositories.items.get(SET, 'M1');
const home = () => core.disk.repositories.userHomes.get('user_author' as never);

describe('an item', () => {
  it('with the author’s signature is as if the author had sent it, whoever brings it', async () => {
    assert.equal(await take(env(signed())), 'stored');
    assert.deepEqual([row()?.content, row()?.originPeer, home()], ['signed', author.peerId, author.peerId]);
    const id = itemId(nativeCrypto, { kind: 'm', objectId: 'M1', version: '' });
    assert.equal(core.disk.repositories.proofs.get({ kind: 'm', objectId: 'M1', id }), signed());
    const change = signed({ update_only: true, edited_at: toIsoTime(AT), canopy_rev: AT + 7 }, 'changed');
    assert.equal(await take(env(signed(), change)), 'stored');
    assert.deepEqual([row()?.content, item()?.version], ['changed', `r${AT + 7}`]);
  });

  it('with a false signature, or about something else, is invalid', async () => {
    const forged = signed().replace('"content": "signed"', '"content": "forged"');
    const other = signed({ message_id: 'M2' });
    const bad = {
      forged: env(forged),
      'another channel': env(signed({ channel_id: 'Cother' })),
      'two objects': env(signed(), other),
      'an id of its own': `{"id":"M3","ts":1,"env":[${signed()}]}`,
      'no envelope at all': '{"ts":1,"env":[{}]}',
      nothing: '{}',
      'another kind': told({ k: 'd' }),
      'an unknown kind': told({ k: 'z' }),
      'no version': told({ v: 'r-1' }),
      'a body of another object': told({}, { id: 'M2' }),
      'a body of another channel': told({}, { channel_id: 'Cother' }),
    };
    for (const [what, text] of Object.entries(bad)) assert.equal(await take(text), 'invalid', what);
    assert.equal(await take(env(signed()), peer, false), 'invalid');
    assert.equal(row(), undefined);
  });

  it('from the author’s home needs no signature, to create and to change', async () => {
    assert.equal(await take(told(), author), 'stored');
    assert.deepEqual([row()?.content, home()], ['told', author.peerId]);
    assert.equal(await take(told({ v: `r${AT + 1}` }, { content: 'changed' }), author), 'stored');
    assert.deepEqual([row()?.content, item()?.version], ['changed', `r${AT + 1}`]);
    assert.equal(await take(told({ v: 'x' }), author), 'stored');
    assert.deepEqual([row(), item()?.version], [undefined, 'x']);
  });

  it('from anybody else creates, but changes and deletes nothing', async () => {
    const reported = { origin_peer: author.peerId };
    assert.equal(await take(told({ v: `r${AT}` }, reported)), 'refused');
    assert.equal(await take(told({}, reported)), 'stored');
    assert.deepEqual([row()?.content, home()], ['told', null]);
    assert.equal(await take(told({ v: `r${AT}` }, { ...reported, content: 'changed' })), 'refused');
    assert.equal(await take(told({ v: 'x' }, reported)), 'refused');
    assert.equal(row()?.content, 'told');
    assert.equal(core.disk.repositories.refused.ofSet(peer.peerId, SET).length, 2);
  });

  it('that others only told of is replaced by what its author’s home says', async () => {
    const { reported } = core.disk.repositories;
    const telling = { origin_peer: author.peerId, content: 'as told' };
    for (const confirm of [() => take(env(signed())), () => take(told({}, { content: 'signed' }), author)]) {
      assert.equal(await take(told({}, telling)), 'stored');
      assert.deepEqual([row()?.content, reported.via('m', 'M1')], ['as told', peer.peerId]);
      assert.equal(await confirm(), 'stored');
      assert.deepEqual([row()?.content, reported.via('m', 'M1')], ['signed', null]);
      assert.equal(await take(told({}, telling)), 'stored');
      assert.equal(row()?.content, 'signed');
      core.workspace.inbound.changes.now(() => {
        core.disk.repositories.items.forget('m', 'M1');
        core.disk.store.sql.run('DELETE FROM channel_messages');
        core.disk.store.sql.run('DELETE FROM processed_messages');
      });
    }
  });

  it('cannot be signed by somebody else, nor be ours', async () => {
    assert.equal(await take(env(signed())), 'stored');
    const change = signed({ update_only: true, edited_at: toIsoTime(AT), canopy_rev: AT }, 'not mine', peer);
    assert.equal(await take(env(change)), 'refused');
    assert.equal(row()?.content, 'signed');
    const own = told({ id: 'M2' }, { id: 'M2', origin_peer: core.mesh.peerId });
    assert.equal(await take(own), 'refused');
  });

  it('keeps the time its author gave it; other times only make it older', async () => {
    const reported = { origin_peer: author.peerId };
    await take(told({ ts: SECONDS + 5 }, reported));
    await take(told({ ts: SECONDS - 5 }, reported));
    assert.equal(item()?.ts, SECONDS - 5);
    await take(env(signed()));
    assert.equal(item()?.ts, SECONDS);
    await take(told({ ts: SECONDS - 5 }, reported));
    assert.equal(item()?.ts, SECONDS);
  });

  it('has the time its author signed, whatever stands beside the signature, also where others told of it before', async () => {
    const telling = told({ ts: SECONDS - 5 }, { origin_peer: author.peerId });
    const elsewhere = `{"ts":${SECONDS + 9},"env":[${signed()}]}`;
    assert.equal(await take(telling), 'stored');
    const { changes, channelInbox } = core.workspace.inbound;
    const live = liveMessage(readMetadata(channelMessageSchema, metadataOf()), 'signed');
    assert.equal(
      changes.now(() => channelInbox.takeLive(live ?? assert.fail(), author.peerId)).state,
      'edited',
    );
    assert.equal(item()?.ts, SECONDS);
    assert.equal(await take(elsewhere), 'stored');
    assert.equal(item()?.ts, SECONDS);
  });

  it('that was written here keeps its time, whatever others say', async () => {
    const writing = core.workspace.channelMessages.post(ada, { channelId: GENERAL, content: 'mine' });
    await world.time.run(1_000);
    const { id } = await writing;
    const before = core.disk.repositories.items.get(SET, id);
    const own = signed({ message_id: id, user_id: ada }, 'mine', core.disk.identity);
    for (const ts of [1, SECONDS + 9_999]) assert.equal(await take(`{"ts":${ts},"env":[${own}]}`), 'stored');
    assert.deepEqual(core.disk.repositories.items.get(SET, id), before);
  });

  it('that is deleted has the smallest time anybody knows', async () => {
    assert.equal(await take(env(signed())), 'stored');
    assert.equal(await take(told({ v: 'x' }), author), 'stored');
    for (const [ts, expected] of [
      [SECONDS - 7, SECONDS - 7],
      [SECONDS + 7, SECONDS - 7],
    ]) {
      assert.equal(await take(told({ v: 'x', ts })), 'stored');
      assert.equal(item()?.ts, expected);
    }
  });

  it('of an author nobody accepted here is what an accepted peer reports', async () => {
    core.workspace.trust.setScore(author.peerId, 0);
    assert.equal(await take(env(signed())), 'stored');
    assert.deepEqual([row()?.content, home()], ['signed', null]);
  });
});

describe('a page of many items', () => {
  const names = Array.from({ length: 100 }, (_, i) => `M${i + 10}`);
  const page = (): string[] => names.map((name) => env(signed({ message_id: name }, `text of ${name}`)));
  const stored = (): string[] =>
    names.filter((name) => core.disk.repositories.channelMessages.get(name as MessageId) !== undefined);

  it('is stored with its evidence, each item once, and its bad ones left out', async () => {
    const mixed = page().map((text, i) => (i % 10 === 3 ? text.replace('text of', 'not the text of') : text));
    const outcomes = await takeAll(mixed);
    assert.deepEqual(
      outcomes,
      names.map((_, i) => (i % 10 === 3 ? 'invalid' : 'stored')),
    );
    assert.deepEqual(
      stored(),
      names.filter((_, i) => i % 10 !== 3),
    );
    const id = itemId(nativeCrypto, { kind: 'm', objectId: 'M10', version: '' });
    assert.ok(core.disk.repositories.proofs.has({ kind: 'm', objectId: 'M10', id }));
    assert.deepEqual(new Set(await takeAll(page())), new Set(['stored']));
    assert.deepEqual(stored(), names);
  });

  it('loses nothing but the one item that cannot be stored', async () => {
    const { proofs } = core.disk.repositories;
    const put = proofs.put.bind(proofs);
    proofs.put = (of, text) => {
      if (of.objectId === 'M42') throw new Error('no room for this one');
      return put(of, text);
    };
    await assert.rejects(takeAll(page()), /no room/);
    const missing = names.filter((name) => !stored().includes(name));
    assert.ok(missing.includes('M42'));
    // What comes after its slice is for the next run.
    assert.ok(names.slice(0, names.indexOf('M42')).every((name) => !missing.includes(name)));
  });
});
