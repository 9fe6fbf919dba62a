/**
 * What people write in a run with whole workspaces: messages and files in channels, direct messages to groups, posts that
 * change for whom they are, reactions; and what they change and delete of it (03 sections 5 to 7 and 10).
 */
import { createHash } from 'node:crypto';
import type { FileId, MessageId, PostId } from '../../../server/wire/ids.ts';
import { isTargeted } from '../../../server/workspace/channel-rules.ts';
import { below, chance, pick } from './scene.ts';
import type { Machine } from './machine.ts';
import type { Made, Room, Said } from './workspace-model.ts';
import { attempt, everybody, roomsOf } from './workspace-scene.ts';
import type { Actor, WorkspaceScene } from './workspace-scene.ts';

/** Sizes of files, bytes: within a message, and fetched in one piece or several. */
const SIZES = [400, 9_000, 30_000, 30_000, 700_000];
const VISIBILITIES = ['public', 'network', 'trusted', 'private'] as const;

/** An attachment that is there, or none. */
interface Attached {
  made: Made;
  id: FileId;
}

/** Somebody writes in a channel, sometimes with a file. */
export function say(scene: WorkspaceScene, actor: Actor, room?: Room): void {
  const where = room ?? pick(scene, roomsOf(scene, actor));
  if (where === undefined) return;
  withFile(scene, actor, chance(scene, 0.3), (file) => {
    const { machine, user } = actor;
    const said = written(scene, actor, 'channel', { room: where, file });
    scene.trace.note(
      `${user} writes "${said.current}" in "${where.name}"${file === null ? '' : `, with ${file.made.mark}`}`,
    );
    const posting = machine.core.workspace.channelMessages.post(user, {
      channelId: where.id,
      content: said.current,
      ...attachments(file),
    });
    // While the file came in somebody may have been taken out.
    kept(scene, said, posting, file === null ? [] : ['not_found']);
  });
}

/** Somebody writes to one or more people elsewhere and here. */
export function writeToGroup(scene: WorkspaceScene, actor: Actor, all = false): void {
  const { machine, user } = actor;
  const known = everybody(scene)
    .map((one) => one.user)
    .filter((one) => one !== user && machine.core.workspace.people.get(one) !== undefined);
  const some = known.filter(() => all || chance(scene, 0.6));
  if (some.length === 0) return;
  withFile(scene, actor, chance(scene, 0.2), (file) => {
    const said = written(scene, actor, 'direct', { recipients: some, file });
    scene.trace.note(`${user} writes "${said.current}" to ${some.join(', ')}`);
    const sending = machine.core.workspace.directMessages.send(user, {
      recipientIds: some,
      content: said.current,
      ...attachments(file),
    });
    kept(scene, said, sending);
  });
}

/** Somebody writes a post. */
export function writePost(scene: WorkspaceScene, actor: Actor, shared = false): void {
  const { machine, user } = actor;
  const visibility = shared ? 'network' : (pick(scene, VISIBILITIES) ?? 'network');
  withFile(scene, actor, chance(scene, 0.2), (file) => {
    const said = written(scene, actor, 'post', { file });
    if (visibility !== 'private') said.shared = scene.world.time.monotonic();
    scene.trace.note(`${user} posts "${said.current}", ${visibility}`);
    const posting = machine.core.workspace.feed.create(user, {
      content: said.current,
      visibility,
      ...(file === null ? {} : { metadata: attachments(file) }),
    });
    kept(scene, said, posting);
  });
}

/** Somebody changes something of theirs. */
export function change(scene: WorkspaceScene, actor: Actor): void {
  const said = pick(scene, ownOf(scene, actor));
  if (said?.id == null) return;
  const { workspace } = actor.machine.core;
  const before = said.current;
  const text = scene.model.newText(scene, 'changed');
  const at = scene.world.time.monotonic();
  if (said.kind === 'post' && chance(scene, 0.6)) {
    const visibility = pick(scene, VISIBILITIES) ?? 'network';
    scene.trace.note(`${said.user} makes "${before}" ${visibility}`);
    if (visibility !== 'private') said.shared = at;
    const making = workspace.feed.edit(said.user, said.id as PostId, { visibility });
    // What was withdrawn once is not shared again (D-130).
    settle(scene, said, making, () => undefined, ['post_withdrawn']);
    return;
  }
  scene.trace.note(`${said.user} changes "${before}" to "${text}"`);
  scene.model.mayBecome(said, text, at);
  const content = { content: text };
  const changing =
    said.kind === 'post'
      ? workspace.feed.edit(said.user, said.id as PostId, content)
      : said.room === null
        ? workspace.directEdits.edit(said.user, said.id as MessageId, content)
        : workspace.channelEdits.edit(said.user, said.room.id, said.id as MessageId, content);
  settle(scene, said, changing, () => (said.current = text));
}

/** Somebody deletes something of theirs. */
export function remove(scene: WorkspaceScene, actor: Actor): void {
  const said = pick(scene, ownOf(scene, actor));
  if (said?.id == null) return;
  const { workspace } = actor.machine.core;
  scene.trace.note(`${said.user} deletes "${said.current}"`);
  const removing: Promise<unknown> =
    said.kind === 'post'
      ? workspace.feed.remove(said.user, said.id as PostId, { owner: false })
      : said.room === null
        ? workspace.directEdits.remove(said.user, said.id as MessageId)
        : workspace.channelEdits.remove(said.user, said.room.id, said.id as MessageId);
  settle(scene, said, removing, () => (said.deleted = true));
}

/** Somebody likes a post or a message, or no longer. */
export function like(scene: WorkspaceScene, { machine, user }: Actor): void {
  const { workspace } = machine.core;
  const rooms = new Set(roomsOf(scene, { machine, user }));
  const posts = new Set(workspace.feed.list(user, { limit: 1000 }).map(({ id }) => id as string));
  const seen = scene.model.said.filter(({ id, kind, room }) => {
    if (id === null || kind === 'direct') return false;
    if (kind === 'post') return posts.has(id);
    return room !== null && rooms.has(room) && machine.repositories.channelMessages.get(id as MessageId);
  });
  const said = pick(scene, seen);
  if (said?.id == null) return;
  scene.trace.note(`${user} likes "${said.current}", or no longer`);
  said.likes.set(user, null);
  const told = new Set(said.room === null ? scene.machines : heldAt(scene, said.room, machine));
  const liking =
    said.room === null
      ? workspace.feedReactions.toggle(user, said.id as PostId, 'like')
      : workspace.reactions.toggle(user, said.room.id, said.id as MessageId, 'like');
  attempt(scene, `${user}: liking`, liking, {
    answered: ({ liked }) => said.likes.set(user, { liked, told }),
  });
}

/** Machines that count as hosting somebody in a channel, as one of them sees it. */
function heldAt(scene: WorkspaceScene, room: Room, machine: Machine): Machine[] {
  const { channels, channelMembers } = machine.repositories;
  const row = channels.get(room.id);
  if (row === undefined || !isTargeted(row)) return scene.machines;
  const members = new Set(channelMembers.list(room.id).map(({ userId }) => userId));
  return scene.machines.filter(({ people }) => people.some((one) => members.has(one)));
}

/** What somebody wrote that they can change now. */
function ownOf(scene: WorkspaceScene, actor: Actor): Said[] {
  const rooms = new Set(roomsOf(scene, actor));
  return scene.model.said.filter(
    ({ user, id, deleted, uncertain, room }) =>
      user === actor.user && id !== null && !deleted && !uncertain && (room === null || rooms.has(room)),
  );
}

/** Makes a file first, where there is to be one. */
function withFile(
  scene: WorkspaceScene,
  actor: Actor,
  wanted: boolean,
  then: (file: Attached | null) => void,
): void {
  if (!wanted) return then(null);
  const size = pick(scene, SIZES) ?? 400;
  const mark = `file ${scene.plan.seed}/${scene.model.files.length}.`;
  const body = Buffer.alloc(size + below(scene, 100), mark);
  const bytes = Buffer.concat([Buffer.from([0x1f, 0x8b]), body]);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const made: Made = { mark, checksum, owner: actor.machine };
  scene.model.files.push(made);
  scene.trace.note(`${actor.user} brings ${mark} of ${bytes.length} bytes`);
  attempt(scene, `${actor.user}: bringing a file`, upload(actor, bytes), {
    answered: (id) => {
      if (actor.machine.awake) then({ made, id });
    },
  });
}

async function upload({ machine, user }: Actor, bytes: Buffer): Promise<FileId> {
  const coming = await machine.core.workspace.files.begin();
  await coming.write(bytes);
  return (await coming.finish({ name: 'a.gz', type: '' }, user)).id;
}

function attachments(file: Attached | null): { attachments?: Record<string, unknown>[] } {
  return file === null ? {} : { attachments: [{ id: file.id }] };
}

function written(
  scene: WorkspaceScene,
  { machine, user }: { machine: Machine; user: Actor['user'] },
  kind: Said['kind'],
  more: { room?: Room; recipients?: Said['recipients']; file: Attached | null },
): Said {
  const text = scene.model.newText(scene, kind);
  scene.model.look(scene);
  return scene.model.add({
    kind,
    texts: [{ text, at: scene.world.time.monotonic() }],
    current: text,
    author: machine,
    user,
    room: more.room ?? null,
    recipients: more.recipients ?? [],
    shared: -1,
    id: null,
    deleted: false,
    uncertain: false,
    file: more.file?.made ?? null,
    likes: new Map(),
  });
}

function kept(
  scene: WorkspaceScene,
  said: Said,
  work: Promise<{ id: string }>,
  accepts: readonly string[] = [],
): void {
  attempt(scene, `${said.user}: writing "${said.current}"`, work, {
    answered: ({ id }) => (said.id = id),
    accepts,
  });
}

function settle(
  scene: WorkspaceScene,
  said: Said,
  work: Promise<unknown>,
  done: () => void,
  accepts: readonly string[] = [],
): void {
  said.uncertain = true;
  attempt(scene, `${said.user}: changing "${said.current}"`, work, {
    answered: () => {
      said.uncertain = false;
      done();
    },
    refused: () => (said.uncertain = false),
    accepts,
  });
}
