/** Builds the parts of the workspace that keep files. */
import type { Clock, Random, Timers } from '../ports/types.ts';
import type { FileBytes } from '../store/file-bytes.ts';
import type { Repositories } from '../store/repositories.ts';
import type { UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import type { FeedRule } from './feed-rule.ts';
import { FileAccessRule } from './file-access.ts';
import type { SeenMessages } from './file-access.ts';
import { FileUpkeep } from './file-upkeep.ts';
import { Files } from './files.ts';
import { MessageFiles } from './message-files.ts';
import type { Journal } from './journal.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { PartialUploads } from './partial-uploads.ts';
import { Thumbnails } from './thumbnails.ts';
import type { Trust } from './trust.ts';
import { Uploads } from './uploads.ts';

export interface FilePartsComponents {
  repositories: Pick<
    Repositories,
    'files' | 'fileReferences' | 'fileTransfers' | 'feed' | 'channels' | 'channelMessages' | 'directMessages'
  >;
  bytes: FileBytes;
  /** Whether a local account owns this node. */
  isOwner: (userId: UserId) => boolean;
  people: People;
  feedRule: FeedRule;
  channels: Channels;
  directMessages: SeenMessages;
  owing: Owing;
  journal: Journal;
  trust: Trust;
  changes: Changes;
  ports: { timers: Timers };
  clock: Clock;
  random: Random;
}

export function createFiles(components: FilePartsComponents) {
  const { repositories, bytes, isOwner, people, channels, directMessages, trust, changes, clock } =
    components;
  const rows = repositories.files;
  const uploads = new Uploads({ bytes, rows, changes, clock, random: components.random });
  const access = new FileAccessRule({
    references: repositories.fileReferences,
    feed: repositories.feed,
    feedRule: components.feedRule,
    people,
    channels,
    channelTable: repositories.channels,
    owing: components.owing,
    directMessages,
    trust,
    clock,
    isOwner,
  });
  const thumbnails = new Thumbnails({ bytes });
  const partial = new PartialUploads({ uploads, fileOf: (id) => rows.get(id), now: () => clock.now() });
  const files = new Files({ rows, bytes, uploads, partial, thumbnails, access, isOwner, changes, clock });
  return {
    uploads,
    messageFiles: new MessageFiles({
      rows,
      bytes,
      access,
      uploads,
      references: repositories.fileReferences,
      transfers: repositories.fileTransfers,
      channelMessages: repositories.channelMessages,
      directMessages: repositories.directMessages,
      feed: repositories.feed,
      feedRule: components.feedRule,
      journal: components.journal,
      changes,
      clock,
    }),
    files,
    fileUpkeep: new FileUpkeep({
      rows,
      references: repositories.fileReferences,
      files,
      changes,
      clock,
      timers: components.ports.timers,
    }),
  };
}
