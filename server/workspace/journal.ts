/**
 * The event journal: what changed, for pages and scripts that follow along (04 section 7.1).
 */
import type { UserId } from '../wire/ids.ts';
import type { JournalItem, JournalPage } from './types.ts';

/** Event types that exist, sorted. */
export const JOURNAL_TYPES: readonly string[] = [
  'attachment.available',
  'channel.message.created',
  'channel.message.deleted',
  'channel.message.edited',
  'channel.message.read',
  'channel.state.updated',
  'dm.message.created',
  'dm.message.deleted',
  'dm.message.edited',
  'dm.message.read',
  'feed.post.created',
  'feed.post.deleted',
  'feed.post.updated',
  'inbox.item.created',
  'inbox.item.updated',
  'mention.acknowledged',
  'mention.created',
];

/** Who reads: events of others and, without `readMessages`, message events are left out. */
export interface JournalReader {
  userId: UserId;
  /** False for a key without the literal permission `read_messages`. */
  readMessages: boolean;
}

export class Journal {
  /** Rows after `afterSeq` that the reader may see, at most `limit` (1 to 200, default 50). Unsupported types are dropped; none left means all. */
  page(_reader: JournalReader, _query: { afterSeq: number; limit?: number; types?: string[] }): JournalPage {
    throw new Error('not built yet');
  }
  /** The row with this cursor if the reader may see it; the event stream calls it for each `journal` event of the bus. */
  at(_reader: JournalReader, _seq: number): JournalItem | undefined {
    throw new Error('not built yet');
  }
  latestSeq(): number {
    throw new Error('not built yet');
  }
}
