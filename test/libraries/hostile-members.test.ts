/** Members of a library that do harm (07 section 2), and what it costs to find that nothing is missing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { recordId } from '../../server/wire/library-records.ts';
import { BadFrameError } from '../../server/wire/secure-frames.ts';
import { NOW } from '../store/support.ts';
import { testPeer } from '../wire/support.ts';
import { ASSETS, inSyncBytes, MEMBER, OWNER, Scene, WHOLE } from './member-scene.ts';
import { LIBRARY, assetBody, hashOf, libraryBody, memberBody, recordBy } from './support.ts';

describe('a hostile member of a library', () => {
  it('is not heard when it is not admitted, and loses its session for a frame that is none', async () => {
    const scene = new Scene();
    scene.admitted = false;
    await scene.says([recordBy(MEMBER, 10, assetBody(1, MEMBER))]);
    assert.equal(scene.count, 0);
    assert.deepEqual(scene.replication.sets.shared(MEMBER.peerId), []);
    scene.admitted = true;
    const many = Array.from({ length: 101 }, () => 1).join();
    for (const text of [
      '',
      '[]',
      '{"library_id":"x","records":[]}',
      `{"library_id":"${LIBRARY}","records":[${many}]}`,
    ])
      await assert.rejects(scene.raw(text), BadFrameError);
  });

  it('is told nothing again once it was removed', async () => {
    const scene = new Scene();
    await scene.says([recordBy(MEMBER, 10, assetBody(1, MEMBER))]);
    const told = (): number => scene.sent.length;
    const before = told();
    scene.replication.tellAgain(scene.link, LIBRARY, [hashOf(1)]);
    assert.equal(told(), before + 1);
    scene.admitted = false;
    scene.replication.tellAgain(scene.link, LIBRARY, [hashOf(1)]);
    assert.equal(told(), before + 1);
  });

  it('cannot make this node check records without end', async () => {
    const scene = new Scene();
    // Nothing of this is signed, so that sending it costs nothing; each would still have to be looked at.
    const empty = Array.from({ length: 100 }, () => 0);
    for (let frames = 0; frames < 200; frames += 1) await scene.says(empty);
    const one = recordBy(MEMBER, 10, assetBody(1, MEMBER));
    await scene.says([one]);
    assert.equal(scene.count, 0);
    scene.node.ports.time += 1_000;
    await scene.says([one]);
    assert.equal(scene.count, 1);
  });

  it('adds nothing with what is too large, of somebody else, or no record', async () => {
    const scene = new Scene();
    const giant = assetBody(1, MEMBER);
    const meta = {
      ...('meta' in giant ? giant.meta : assert.fail()),
      description: '\u{1f600}'.repeat(4_000),
    };
    const stranger = testPeer(3);
    await scene.says([
      recordBy(MEMBER, 10, { ...giant, meta } as typeof giant),
      recordBy(stranger, 10, assetBody(2, stranger)),
      recordBy(MEMBER, 10, memberBody(stranger, 'write')),
      recordBy(MEMBER, 10, libraryBody(MEMBER)),
      { ...recordBy(MEMBER, 10, assetBody(3, MEMBER)), author: OWNER.peerId },
      null,
      'record',
    ]);
    assert.equal(scene.count, 0);
    assert.equal(scene.node.records.rights(LIBRARY)?.members.size, 1);
  });

  it('cannot name a file so that it leads anywhere else', async () => {
    const scene = new Scene();
    const fine = assetBody(1, MEMBER);
    const meta = 'meta' in fine ? fine.meta : assert.fail();
    for (const filename of [
      '../../.ssh/authorized_keys',
      '..\\up.bat',
      '/etc/passwd',
      'C:\\autorun.inf',
      '..',
      '.',
      '.bashrc',
      'a/b',
      'nul\0.png',
      'line\nbreak.png',
      '',
      'x'.repeat(256),
      7,
    ])
      await scene.says([recordBy(MEMBER, 10, { ...fine, meta: { ...meta, filename } } as typeof fine)]);
    assert.equal(scene.count, 0);
    const harmless = { ...fine, meta: { ...meta, filename: 'a..b.png' } } as typeof fine;
    await scene.says([recordBy(MEMBER, 11, harmless)]);
    assert.equal(scene.count, 1);
  });

  it('holds the metadata of an asset by a clock that is ahead for ten minutes, and not for ever', async () => {
    const scene = new Scene();
    const [soon, never] = [NOW + 660_000, NOW + 86_400_000];
    await scene.says([
      recordBy(MEMBER, soon, assetBody(1, MEMBER)),
      recordBy(MEMBER, never, assetBody(2, MEMBER)),
    ]);
    assert.equal(scene.count, 0);
    assert.deepEqual(await scene.offers([recordBy(MEMBER, soon, assetBody(1, MEMBER))]), ['stored']);
    assert.equal(scene.count, 0);
    scene.node.ports.time += 60_000;
    scene.node.ports.fire();
    assert.equal(scene.count, 1);
  });

  it('changes nothing by two records of one time that it tells in turn', async () => {
    const scene = new Scene();
    const [a, b] = [
      recordBy(MEMBER, 10, assetBody(1, MEMBER, 'a')),
      recordBy(MEMBER, 10, assetBody(1, MEMBER, 'b')),
    ];
    await scene.says([a, b]);
    const lives = scene.node.records.rows.get(LIBRARY, 'asset', hashOf(1))?.id;
    let changes = 0;
    scene.node.records.onChange(() => (changes += 1));
    for (let turn = 0; turn < 5; turn += 1) await scene.says(turn % 2 === 0 ? [a] : [b]);
    assert.equal(changes, 0);
    const ids = [a, b].map((record) => Buffer.from(recordId(nativeCrypto, record)).toString('hex')).sort();
    assert.equal(Buffer.from(lives ?? []).toString('hex'), ids[1]);
  });

  it('gets no backdated record in; what was refused counts as held until rights change', async () => {
    const scene = new Scene();
    scene.rights('read', 3);
    const record = recordBy(MEMBER, 1, assetBody(1, MEMBER));
    assert.deepEqual(await scene.offers([record]), ['refused']);
    const { sets } = scene.replication;
    const held = async (): Promise<number> =>
      (await scene.paced(sets.snapshot(MEMBER.peerId, ASSETS, WHOLE))).size;
    assert.equal(await held(), 1);
    assert.deepEqual(await sets.load(MEMBER.peerId, ASSETS, [recordId(nativeCrypto, record)]), []);
    const wanted: string[] = [];
    sets.onWanted((peer) => wanted.push(peer));
    scene.rights('write', 4);
    assert.equal(await held(), 0);
    assert.deepEqual(wanted, [MEMBER.peerId]);
    assert.deepEqual(await scene.offers([record]), ['stored']);
  });
});

it('a library of 100,000 assets that is in sync costs under 2 KB to look at', async () => {
  const bytes = await inSyncBytes(100_000);
  assert.ok(bytes < 2_048, `${bytes} bytes`);
});
