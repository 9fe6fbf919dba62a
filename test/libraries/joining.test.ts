/** Joining and recognising over real sockets (07 sections 2.3 and 2.4). */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { toHex, utf8 } from '../../server/crypto/bytes.ts';
import type { LibraryState } from '../../server/libraries/libraries.ts';
import { meetingLibrary } from '../../server/libraries/meeting/secrets.ts';
import type { LibraryId } from '../../server/wire/ids.ts';
import { joinProof, LIBRARY_ITEM } from '../../server/wire/library-frames.ts';
import { decodeTicket } from '../../server/wire/library-tickets.ts';
import { eventually, LibraryNode } from './library-node.ts';

const nodes: LibraryNode[] = [];
after(() => Promise.all(nodes.map((node) => node.stop())));

async function start(init: { offset?: number } = {}): Promise<LibraryNode> {
  const node = await LibraryNode.start(init);
  nodes.push(node);
  return node;
}

/** The library on a node once it is in that state. */
function inState(node: LibraryNode, id: LibraryId, state: string): Promise<LibraryState> {
  return eventually(() =>
    node.libraries.list().find(({ library }) => library.id === id && library.state === state),
  );
}

describe('joining a library', () => {
  it('makes members who know each other, while the owner says what they may', async () => {
    const [owner, writer, reader] = [await start(), await start(), await start()];
    const { library } = owner.libraries.create('Pictures', { mime_prefix: 'image/' });
    const id = library.id;
    const answered = writer.libraries.join(owner.ticket(id));
    assert.deepEqual([answered.library.state, answered.announced?.name], ['joining', 'Pictures']);
    reader.libraries.join(owner.ticket(id, { mode: 'read' }));
    const written = await inState(writer, id, 'active');
    assert.deepEqual(
      [written.record?.name, written.record?.filter, written.mode, written.role],
      ['Pictures', { mime_prefix: 'image/' }, 'write', 'member'],
    );
    assert.equal((await inState(reader, id, 'active')).mode, 'read');
    assert.equal(writer.repositories.peerSecurity.get(owner.peerId)?.source, 'ticket');
    // What reconciliation brings.
    const members = owner.libraries.records.rows.page(id, 'member', null, 9).map(({ record }) => record);
    for (const node of [writer, reader]) node.libraries.records.merge(id, members);
    // Each is admitted everywhere, also where the owner introduced them.
    for (const node of [owner, writer, reader])
      await eventually(() => node.libraries.admitted(id).length === 2);

    const link = await owner.linkTo(reader);
    await owner.libraries.setMode(id, reader.peerId, 'none');
    assert.ok(!owner.libraries.isAdmitted(link, id));
    assert.deepEqual(
      owner.libraries
        .members(id)
        .map(({ peerId, mode }) => [peerId, mode])
        .sort(),
      [
        [owner.peerId, 'owner'],
        [writer.peerId, 'write'],
        [reader.peerId, 'none'],
      ].sort(),
    );
    // In its next session it hears that it was removed, and no more.
    owner.mesh.drop(reader.peerId);
    await eventually(() => !owner.mesh.isConnected(reader.peerId));
    await reader.mesh.connect(owner.peerId, [owner.endpoint]);
    await inState(reader, id, 'revoked');
    assert.deepEqual(reader.libraries.active(), []);
    // A member again: at once while connected, else when they meet.
    await owner.libraries.setMode(id, reader.peerId, 'read');
    assert.equal((await inState(reader, id, 'active')).mode, 'read');
    await eventually(() => reader.libraries.admitted(id).length > 0);
    await owner.libraries.setMode(id, reader.peerId, 'none');
    await inState(reader, id, 'revoked');
    owner.mesh.drop(reader.peerId);
    await eventually(() => !owner.mesh.isConnected(reader.peerId));
    await owner.libraries.setMode(id, reader.peerId, 'write');
    await reader.mesh.connect(owner.peerId, [owner.endpoint]);
    assert.equal((await inState(reader, id, 'active')).mode, 'write');
    await eventually(() => owner.libraries.admitted(id).length === 2);

    owner.libraries.remove(id, true);
    owner.mesh.drop(writer.peerId);
    await eventually(() => !owner.mesh.isConnected(writer.peerId));
    await writer.mesh.connect(owner.peerId, [owner.endpoint]);
    await inState(writer, id, 'closed');
  });

  it('works once with a ticket for one, whoever of two is first', async () => {
    const [owner, one, other] = [await start(), await start(), await start()];
    const id = owner.libraries.create('Once', {}).library.id;
    const ticket = owner.ticket(id, { maxUses: 1 });
    for (const node of [one, other]) node.libraries.join(ticket);
    const states = await eventually(() => {
      const both = [one, other].map((node) => node.libraries.get(id).library);
      return both.every(({ state }) => state !== 'joining') && both;
    });
    assert.deepEqual(states.map(({ state, reason }) => `${state} ${reason}`).sort(), [
      'active null',
      'refused used_up',
    ]);
    // Who used it once may come again.
    const winner = states[0]?.state === 'active' ? one : other;
    winner.libraries.remove(id, false);
    winner.libraries.join(ticket);
    await inState(winner, id, 'active');
    assert.equal(owner.libraries.tickets(id)[0]?.peers.length, 1);
  });

  it('gives nobody back what the owner took since, however often the ticket is shown', async () => {
    const [owner, joiner] = [await start(), await start()];
    const id = owner.libraries.create('Fewer', {}).library.id;
    const ticket = owner.ticket(id, { mode: 'write' });
    joiner.libraries.join(ticket);
    await inState(joiner, id, 'active');
    await owner.libraries.setMode(id, joiner.peerId, 'read');
    joiner.libraries.remove(id, false);
    joiner.libraries.join(ticket);
    assert.equal((await inState(joiner, id, 'active')).mode, 'read');
    assert.equal(owner.libraries.records.rights(id)?.modeOf(joiner.peerId), 'read');
  });

  it('of a passphrase ends when it is taken away or another one', async () => {
    const node = new LibraryNode();
    nodes.push(node);
    const meetings = { hasMet: () => false, onMet: () => () => undefined };
    const [old, now] = [1, 2].map((n) => meetingLibrary(crypto, new Uint8Array(32).fill(n), {}));
    assert.ok(old && now);
    node.libraries.meet(old, meetings);
    node.libraries.meet(now, meetings);
    const own = node.libraries.create('Mine', {}).library.id;
    node.libraries.start();
    assert.deepEqual(node.libraries.active().sort(), [now.libraryId, own].sort());
  });

  it('is refused with a ticket that is revoked, expired, or of a closed library', async () => {
    const [owner, joiner] = [await start(), await start()];
    const refusal = async (ticket: string, id: LibraryId): Promise<string | null> => {
      joiner.libraries.join(ticket);
      return (await inState(joiner, id, 'refused')).library.reason;
    };
    const id = owner.libraries.create('Old', {}).library.id;
    const revoked = owner.ticket(id);
    owner.libraries.revokeTicket(id, decodeTicket(crypto, revoked).ticket.ticket_id);
    assert.equal(await refusal(revoked, id), 'invalid');
    assert.equal(await refusal(owner.ticket(id, { expiresAt: Date.now() - 1000 }), id), 'expired');
    const closing = owner.ticket(id);
    owner.libraries.remove(id, true);
    assert.equal(await refusal(closing, id), 'invalid');
    assert.throws(() => joiner.libraries.join(`${closing}A`), { code: 'invalid_ticket' });
    assert.throws(() => owner.libraries.join(closing), { code: 'invalid_ticket' });
  });

  it('refuses another owner for a library that is known', async () => {
    const [owner, impostor, joiner] = [await start(), await start(), await start()];
    const { library, record } = owner.libraries.create('Mine', {});
    impostor.repositories.libraries.put({ ...library, owner: impostor.peerId });
    assert.ok(record);
    impostor.libraries.records.write(library.id, [
      {
        kind: 'library',
        key: 'library',
        owner_key: (impostor.libraries.create('x', {}).record ?? assert.fail()).owner_key,
        name: 'Mine',
        filter: {},
        created_at: 1,
        closed: false,
      },
    ]);
    joiner.libraries.join(owner.ticket(library.id));
    assert.throws(() => joiner.libraries.join(impostor.ticket(library.id)), { code: 'other_library_owner' });
  });

  it('needs the capability in this very session, and says nothing to others', async () => {
    const [owner, stranger, member] = [await start(), await start(), await start()];
    const id = owner.libraries.create('Secret', {}).library.id;
    const ticket = owner.ticket(id);
    const { capability, ticket_id } = decodeTicket(crypto, ticket).ticket;
    member.libraries.join(ticket);
    await inState(member, id, 'active');

    const link = await stranger.meet(owner);
    const good = Buffer.from(capability, 'base64url');
    const replayed = joinProof(crypto, good, (await member.linkTo(owner)).handshakeHash, member.peerId);
    const tries: [string, Uint8Array][] = [
      [ticket_id, replayed],
      [ticket_id, joinProof(crypto, crypto.sha256(utf8('guess')), link.handshakeHash, stranger.peerId)],
      ['0000000000000000', joinProof(crypto, good, link.handshakeHash, stranger.peerId)],
    ];
    for (const [name, proof] of tries)
      await link.send(LIBRARY_ITEM.join, utf8(JSON.stringify({ ticket_id: name, proof: toHex(proof) })));
    // The right proof comes last, so the owner has looked at all of them.
    await link.send(
      LIBRARY_ITEM.join,
      utf8(
        JSON.stringify({
          ticket_id,
          proof: toHex(joinProof(crypto, good, link.handshakeHash, stranger.peerId)),
        }),
      ),
    );
    await eventually(() => owner.libraries.records.rights(id)?.modeOf(stranger.peerId) === 'write');
    assert.deepEqual(
      [...(owner.libraries.records.rights(id)?.members.keys() ?? [])].sort(),
      [member.peerId, stranger.peerId].sort(),
    );
    assert.equal(owner.libraries.tickets(id)[0]?.peers.length, 2);
    // It had not asked for anything, so it believes nobody.
    assert.deepEqual(stranger.libraries.list(), []);
  });
});
