/**
 * What a node without a ticket sees of one that has libraries (07 section 2.4): to the byte what it sees of one that has
 * none. Every item of their session is recorded before it is encrypted, in two worlds that differ in nothing but this.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ITEM } from '../../server/wire/secure-frames.ts';
import { LIBRARY_ITEM } from '../../server/wire/library-frames.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

/** Long enough for a full scan and a run; the next run is some time after eight minutes, drawn anew in each world. */
const WATCHED_MS = 400_000;

/** An item as who has no keys can tell it: its type, its length and its time. */
interface Seen {
  to: 'stranger' | 'node';
  type: number;
  length: number;
  /** Unix ms. */
  at: number;
}

/** What passes between a stranger and a node that has `libraries` with somebody else. */
async function watch(seed: number, libraries: number): Promise<{ seen: Seen[]; tags: string[] }> {
  const world = new CoreWorld(seed);
  const cores = [1, 2, 3].map((n) => world.core({ host: `10.0.0.${n}`, libraries: true }));
  const [node, member, stranger] = cores as [Core, Core, Core];
  const seen: Seen[] = [];
  const tags: string[] = [];
  // Before anything else that begins with a session.
  record(world, [node, stranger], 'stranger', { seen, tags });
  record(world, [stranger, node], 'node', { seen, tags: [] });
  for (const core of cores) await core.start();
  void member.importInviteOf(node);
  await world.time.run(5_000);
  for (let n = 0; n < libraries; n += 1) {
    const { library } = parts(node).libraries.create(`Library ${n}`, {});
    const wish = { mode: 'write', expiresAt: null, maxUses: 0, endpoints: [] } as const;
    parts(member).libraries.join(parts(node).libraries.invite(library.id, wish).ticket);
    await world.time.run(5_000);
    assert.equal(parts(member).libraries.get(library.id).library.state, 'active');
  }
  await world.time.run(60_000 - libraries * 5_000);
  void stranger.importInviteOf(node);
  await world.time.run(5_000);
  // What is shared meanwhile is none of its business either.
  if (libraries > 0) for (let n = 0; n < 20; n += 1) parts(node).assets.ingest(`asset ${n}`);
  await world.time.run(WATCHED_MS);
  assert.deepEqual(parts(stranger).libraries.list(), []);
  const stopping = Promise.all(cores.map((core) => core.stop()));
  await world.time.run(5_000);
  await stopping;
  return { seen, tags };
}

function parts(core: Core): NonNullable<Core['libraries']> {
  return core.libraries ?? assert.fail('a node without libraries');
}

/** Notes every item that one sends the other. */
function record(
  world: CoreWorld,
  [from, to]: [Core, Core],
  name: Seen['to'],
  { seen, tags }: { seen: Seen[]; tags: string[] },
): void {
  from.mesh.links.onOpen((link) => {
    if (link.peerId !== to.mesh.peerId) return;
    const send = link.send.bind(link);
    link.send = (type, body) => {
      // What people's rooms tell each other is not of libraries, and its words are others in each world.
      if (type !== ITEM.envelope) seen.push({ to: name, type, length: body.length, at: world.time.now() });
      if (type === LIBRARY_ITEM.tags) tags.push(Buffer.from(body).toString('hex'));
      return send(type, body);
    };
  });
}

it('a stranger cannot tell a node with libraries from one without', async () => {
  const [none, one, several] = [await watch(5, 0), await watch(5, 1), await watch(5, 4)];
  assert.ok(
    none.seen.some(({ type }) => type === LIBRARY_ITEM.tags),
    'tags are always shown',
  );
  assert.deepEqual(one.seen, none.seen);
  assert.deepEqual(several.seen, none.seen);
  const ofLibraries = new Set<number>([...Object.values(LIBRARY_ITEM)]);
  const types = new Set(none.seen.map(({ type }) => type).filter((type) => ofLibraries.has(type)));
  assert.deepEqual([...types], [LIBRARY_ITEM.tags]);
  // Nothing of the tags comes again: not in one session, not in the other world.
  const all = [none, one, several].flatMap(({ tags }) => tags.flatMap((text) => text.match(/.{32}/g) ?? []));
  assert.equal(new Set(all).size, all.length);
  assert.equal(all.length, 8 * [none, one, several].flatMap(({ tags }) => tags).length);
});
