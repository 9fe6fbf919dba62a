/**
 * Cards of people with pictures between two nodes (02 section 2.8; 03 sections 4.4, 4.5, 11.3 A9): what arrives is a
 * picture made anew or nothing, and only the home of a person changes them.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import sharp from 'sharp';
import type { FileId, PeerId, UserId } from '../../server/wire/ids.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

let world: CoreWorld;
let here: Core;
let there: Core;
let alice: UserId;
let mallory: UserId;

beforeEach(async () => {
  world = new CoreWorld(11);
  [here, there] = [world.core(), world.core()];
  [alice, mallory] = [here.addPerson('alice'), there.addPerson('mallory')];
  await here.start();
  await there.start();
  here.workspace.trust.setScore(there.mesh.peerId, 90);
  void there.importInviteOf(here);
  await world.time.until(() => here.mesh.isConnected(there.mesh.peerId));
  await world.time.run(10_000);
});

afterEach(async () => {
  const stopping = Promise.all([here.stop(), there.stop()]);
  await world.time.run(2_000);
  await stopping;
});

const solid = (background: string, side = 600): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background } })
    .withExif({ IFD0: { Copyright: 'secret place' } })
    .jpeg()
    .toBuffer();

/** Virtual time does not wait for the decoder. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    await world.time.run(100);
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail('did not happen');
}

async function setPicture(core: Core, userId: UserId, bytes: Uint8Array, name = 'me.jpg'): Promise<void> {
  const upload = await core.workspace.files.begin();
  await upload.write(bytes);
  const finishing = upload.finish({ name, type: 'image/jpeg' }, userId);
  let file: { id: FileId } | null = null;
  void finishing.then((stored) => (file = stored));
  await until(() => file !== null);
  const { id } = await finishing;
  core.workspace.avatars.check(userId, id);
  const updating = core.workspace.people.updateProfile(userId, { avatarFileId: id, bio: 'Hello' });
  await world.time.run(100);
  await updating;
}

async function send(profile: Record<string, unknown>): Promise<void> {
  const metadata = { type: 'profile_sync', profile: { peer_id: there.mesh.peerId, ...profile } };
  void there.mesh.sendDirect('profile_sync', here.mesh.peerId, { content: '', metadata });
  await until(() => true);
  for (let i = 0; i < 20; i += 1) await until(() => true);
}

test('whoever looks at names is told of a new one, also from a card without a device', async () => {
  const before = here.events.length;
  const updating = there.workspace.people.updateProfile(mallory, { displayName: 'Mallory M.' });
  await until(() => here.workspace.people.get(mallory)?.displayName === 'Mallory M.');
  await updating;
  const told = here.events.slice(before).filter(({ type }) => type === 'peer.changed');
  assert.deepEqual(told, [{ type: 'peer.changed', peerId: there.mesh.peerId }]);
});

test('a picture travels with the card, small and without what it says about its place, and goes again', async () => {
  await setPicture(there, mallory, await solid('#aa3311'));
  await until(() => here.workspace.people.get(mallory)?.avatarFileId != null);
  const person = here.workspace.people.get(mallory);
  assert.equal(person?.bio, 'Hello');
  const avatar = await here.workspace.avatars.of(mallory);
  assert.ok(avatar !== null);
  const { format, width, exif } = await sharp(avatar.bytes).metadata();
  assert.deepEqual([format, width, exif], ['jpeg', 128, undefined]);
  const file = here.disk.repositories.files.get(person?.avatarFileId as FileId);
  assert.deepEqual([file?.uploadedBy, file?.contentType], [mallory, 'image/jpeg']);

  await setPicture(there, mallory, await solid('#1133aa'), 'other.jpg');
  await until(() => here.workspace.people.get(mallory)?.avatarFileId !== person?.avatarFileId);
  assert.equal(
    here.disk.repositories.files.get(person?.avatarFileId as FileId),
    undefined,
    'the old one is gone',
  );

  const clearing = there.workspace.people.updateProfile(mallory, { avatarFileId: null });
  await until(() => here.workspace.people.get(mallory)?.avatarFileId === null);
  await clearing;
});

test('what is no picture, or a program that calls itself one, is not kept', async () => {
  const b64 = (text: string): string => Buffer.from(text).toString('base64');
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  for (const thumbnail of [
    b64('<!doctype html><script>alert(1)</script>'),
    b64(svg),
    b64('GIF89a not quite'),
    Buffer.from([0xff, 0xd8, 0xff, ...Buffer.from('<html>')]).toString('base64'),
    'A'.repeat(28_000_000 / 64),
    'not base64 at all',
  ])
    await send({
      user_id: mallory,
      display_name: 'Mallory',
      avatar_thumbnail: thumbnail,
      avatar_content_type: 'image/svg+xml',
    });
  assert.equal(here.workspace.people.get(mallory)?.avatarFileId, null);
  const devices = here.workspace.peerDevices.get(there.mesh.peerId);
  await send({ device: { display_name: 'Box', avatar_b64: b64(svg), avatar_mime: 'image/png' } });
  assert.equal(here.workspace.peerDevices.get(there.mesh.peerId)?.avatarB64 ?? '', devices?.avatarB64 ?? '');
  // A picture with a page behind it is decoded and made anew: of the page nothing is left.
  const polyglot = Buffer.concat([await solid('#22aa22', 64), Buffer.from('<script>alert(1)</script>')]);
  await send({ user_id: mallory, avatar_thumbnail: polyglot.toString('base64') });
  await until(() => here.workspace.people.get(mallory)?.avatarFileId != null);
  const avatar = await here.workspace.avatars.of(mallory);
  assert.ok(avatar !== null && !Buffer.from(avatar.bytes).includes('<script>'));
});

test('a message that does not say what somebody is changes nothing of it', async () => {
  const robot = 'user_robot00000001' as UserId;
  const claim = { userId: robot, displayName: 'Robot' };
  const { people } = here.workspace;
  const admit = (accountType: 'agent' | null): unknown =>
    here.disk.store.commit.now(() => people.admitSigned({ ...claim, accountType }, there.mesh.peerId));
  assert.deepEqual([admit('agent'), admit(null)], [null, null]);
  assert.equal(people.get(robot)?.accountType, 'agent');
});

test('nobody gives another a face (A9, S4)', async () => {
  const face = (await solid('#000000', 64)).toString('base64');
  await send({ user_id: alice, display_name: 'Evil', avatar_thumbnail: face });
  await send({ user_id: alice, display_name: 'Evil', avatar_thumbnail: face, peer_id: here.mesh.peerId });
  const carol = 'user_carol' as UserId;
  const home = 'Vyzvscbv6rvhYYvK' as PeerId;
  here.disk.store.commit.now(() =>
    here.workspace.people.admitSigned({ userId: carol, displayName: 'Carol' }, home),
  );
  await send({ user_id: carol, display_name: 'Evil', avatar_thumbnail: face });
  await send({ user_id: carol, display_name: 'Evil', avatar_thumbnail: face, peer_id: home });
  for (const id of [alice, carol]) {
    const person = here.workspace.people.get(id);
    assert.deepEqual([person?.avatarFileId, person?.displayName === 'Evil'], [null, false]);
  }
});
