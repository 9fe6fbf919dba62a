/**
 * A storm over a library: its owner, two writers, a reader that joins later and a stranger without a ticket, on a network
 * that splits and heals, stopping and starting, while assets come, change and go and rights change. Afterwards all
 * members hold the same living records, all by who may write, and the content of each that nobody deleted there; the
 * stranger knows nothing and has nothing (07 section 6).
 */
import assert from 'node:assert/strict';
import { toHex } from '../../server/crypto/bytes.ts';
import { LibraryError } from '../../server/libraries/errors.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { AssetHash, LibraryId } from '../../server/wire/ids.ts';
import { CoreWorld } from './core.ts';
import type { Core, CoreLibraries } from './core.ts';
import { SeededRandom } from './seeded-random.ts';

/** Virtual time given to the healed members: a full scan, and two runs after it. */
const HEALING_MS = 900_000;
/** Contents people have; some of them on several nodes. */
const CONTENTS = 12;
/** The only frame of libraries that goes to or comes from who has no ticket: tags. */
const TAGS = 0x30;
const FIRST_FRAME = 0x30;
const LAST_FRAME = 0x37;

interface Member {
  host: string;
  core: Core;
  running: boolean;
}

/** What the run did. */
export interface LibraryStormResult {
  records: number;
  ingests: number;
  changes: number;
  /** Assets that came to a member by the library. */
  brought: number;
}

/**
 * Runs the storm of `seed`.
 * @throws an `AssertionError` naming the seed when members disagree or a stranger learned something.
 */
export async function libraryStorm(seed: number, steps = 30): Promise<LibraryStormResult> {
  const world = new CoreWorld(seed);
  const random = new SeededRandom(seed ^ 0x2545f491);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.fraction() * items.length)] as T;
  const members: Member[] = [];
  for (let i = 1; i <= 5; i += 1) {
    const host = `10.0.0.${i}`;
    const core = world.core({ host, libraries: true });
    members.push({ host, core, running: true });
    await core.start();
  }
  const [owner, first, second, reader, stranger] = members as [Member, Member, Member, Member, Member];
  const leaks = watchStranger(members, stranger);
  const { library } = partsOf(owner).libraries.create('Pictures', {});
  for (const writer of [first, second]) await join(world, library.id, owner, writer, 'write');
  for (const other of [owner, first]) void stranger.core.importInviteOf(other.core);
  await world.time.run(10_000);

  const result: LibraryStormResult = { records: 0, ingests: 0, changes: 0, brought: 0 };
  const split = new Set<string>();
  for (let step = 0; step < steps; step += 1) {
    const member = pick([owner, first, second, reader, stranger]);
    const roll = random.fraction();
    const { assets } = partsOf(member);
    if (step === Math.floor(steps / 2) && owner.running && reader.running)
      await join(world, library.id, owner, reader, 'read');
    else if (roll < 0.35 && member.running) {
      assets.ingest(`content ${Math.floor(random.fraction() * CONTENTS)}`);
      result.ingests += 1;
    } else if (roll < 0.55 && member.running) {
      const asset = pick(assets.matching({}, null, 100));
      if (asset !== undefined) assets.describe(asset.hash, { tags: [`${step}`] });
      result.changes += 1;
    } else if (roll < 0.65 && member.running) removeOne(member, library.id, pick);
    else if (roll < 0.7 && member.running) {
      const asset = pick(assets.matching({}, null, 100));
      if (asset !== undefined) assets.hide(asset.hash);
    } else if (roll < 0.78 && owner.running) {
      const mode = pick(['read', 'write', 'write'] as const);
      const peer = pick([first, second]).core.mesh.peerId;
      partsOf(owner)
        .libraries.setMode(library.id, peer, mode, random.fraction() < 0.5)
        .catch(expected);
    } else if (roll < 0.88) await toggle(world, member, random.fraction() < 0.5, (core) => leaks.watch(core));
    else {
      const [a, b] = [pick(members).host, pick(members).host];
      const key = [a, b].sort().join();
      if (a !== b && split.delete(key)) world.network.heal(a, b);
      else if (a !== b) {
        split.add(key);
        world.network.partition(a, b);
      }
    }
    await world.time.run(10 + Math.floor(random.fraction() * 20_000));
  }
  for (const key of split) {
    const [a = '', b = ''] = key.split(',');
    world.network.heal(a, b);
  }
  for (const member of members)
    if (!member.running) await toggle(world, member, false, (core) => leaks.watch(core));
  // One is removed at the end: what it wrote goes or is the owner's, and it adds nothing.
  const removing = partsOf(owner).libraries.setMode(
    library.id,
    second.core.mesh.peerId,
    'none',
    seed % 2 === 0,
  );
  await world.time.run(30_000);
  await removing;
  partsOf(second).assets.ingest(`by who was removed, ${seed}`);
  await world.time.run(HEALING_MS);

  const where = `seed ${seed}`;
  const expectedRecords = recordsOf(owner, library.id);
  const joined = partsOf(reader)
    .libraries.list()
    .some(({ library: { state } }) => state === 'active');
  for (const member of joined ? [first, reader] : [first])
    assert.deepEqual(recordsOf(member, library.id), expectedRecords, `${where}: records on ${member.host}`);
  const holders = joined ? [owner, first, reader] : [owner, first];
  for (const member of holders) result.brought += contentOf(member, library.id, where);
  const rights = partsOf(owner).libraries.records.rights(library.id) ?? assert.fail();
  for (const { record } of partsOf(owner).libraries.records.rows.page(library.id, 'asset', null, 1_000))
    assert.ok(rights.mayWrite(record.author), `${where}: a record by who may not write`);
  assert.deepEqual(leaks.seen, [], `${where}: frames with who has no ticket`);
  assert.deepEqual(partsOf(stranger).libraries.list(), [], where);
  const { assets: strangers } = partsOf(stranger);
  for (const { hash } of strangers.matching({}, null, 100))
    assert.ok(strangers.isLocal(hash), `${where}: the stranger got content`);
  result.records = expectedRecords.length;
  const stopping = Promise.all(members.map(({ core }) => core.stop()));
  await world.time.run(5_000);
  await stopping;
  return result;
}

function partsOf({ core }: Member): CoreLibraries {
  return core.libraries ?? assert.fail('a node without libraries');
}

/** A change that the rights or the moment do not allow. */
function expected(error: unknown): void {
  if (!(error instanceof LibraryError)) throw error;
}

function removeOne(member: Member, libraryId: LibraryId, pick: <T>(items: readonly T[]) => T): void {
  const { libraries } = partsOf(member);
  const page = libraries.records.rows.page(libraryId, 'asset', null, 100);
  const record = pick(page.map((one) => one.record).filter((one) => one.kind === 'asset'));
  try {
    if (record !== undefined) libraries.removeAsset(libraryId, record.key);
  } catch (error) {
    expected(error);
  }
}

/** Ids of all living records. */
function recordsOf(member: Member, libraryId: LibraryId): string[] {
  const { rows } = partsOf(member).libraries.records;
  return (['library', 'member', 'asset'] as const).flatMap((kind) =>
    rows.itemsAfter(libraryId, kind, null, 10_000).map(({ id }) => `${kind} ${toHex(id)}`),
  );
}

/** Checks that a member has the content of all living records but what was deleted there. @returns how much others brought. */
function contentOf(member: Member, libraryId: LibraryId, where: string): number {
  const { libraries, assets } = partsOf(member);
  assert.deepEqual(libraries.wanted(libraryId, null, 100), [], `${where}: wanted on ${member.host}`);
  let brought = 0;
  for (const { record } of libraries.records.rows.page(libraryId, 'asset', null, 1_000)) {
    const hash = record.key as AssetHash;
    if (libraries.living(libraryId, hash) === null || assets.isHidden(hash)) continue;
    const bytes = assets.bytesOf(hash) ?? assert.fail(`${where}: no content on ${member.host}`);
    assert.equal(toHex(nativeCrypto.sha256(bytes)), hash, where);
    if (!assets.isLocal(hash)) brought += 1;
  }
  return brought;
}

async function join(
  world: CoreWorld,
  libraryId: LibraryId,
  owner: Member,
  member: Member,
  mode: 'read' | 'write',
): Promise<void> {
  const wish = { mode, expiresAt: null, maxUses: 0, endpoints: [] };
  const { ticket } = partsOf(owner).libraries.invite(libraryId, wish);
  partsOf(member).libraries.join(ticket);
  await world.time.run(10_000);
}

/** Notes frames of libraries between the stranger and others that are no tags. */
function watchStranger(members: readonly Member[], stranger: Member) {
  const seen: number[] = [];
  const watch = (core: Core): void => {
    const strangerId = stranger.core.mesh.peerId;
    core.mesh.links.onOpen((link) => {
      if (core.mesh.peerId !== strangerId && link.peerId !== strangerId) return;
      const send = link.send.bind(link);
      link.send = (type, body) => {
        if (type >= FIRST_FRAME && type <= LAST_FRAME && type !== TAGS) seen.push(type);
        return send(type, body);
      };
    });
  };
  for (const { core } of members) watch(core);
  return { seen, watch };
}

/** Stops a running node or starts a stopped one on its disk. */
async function toggle(
  world: CoreWorld,
  member: Member,
  crash: boolean,
  started: (core: Core) => void,
): Promise<void> {
  if (member.running) {
    if (crash) world.network.crash(member.host);
    const stopping = member.core.stop();
    await world.time.run(2_000);
    await stopping;
    member.running = false;
    return;
  }
  member.core = world.core({ host: member.host, libraries: true }, member.core.disk);
  started(member.core);
  await member.core.start();
  member.running = true;
}
