/**
 * What an item of the inbox shows: the ids it keeps, and the text of its message as it is now, read where the message
 * is kept and only while its owner may read it there.
 */
import type { DirectMessages as DirectTable } from '../store/direct-messages.ts';
import type { InboxRow } from '../store/inbox.ts';
import type { MessageId } from '../wire/ids.ts';
import type { CallingTexts } from './calling-texts.ts';
import { MENTION_PREVIEW } from './mention-handles.ts';
import { preview } from './text.ts';

/** Where direct messages are answered. */
const REPLY_ENDPOINT = '/api/v1/messages/reply';

/** An item with its text. */
export interface InboxView extends InboxRow {
  preview: string;
  dmThreadId: string | null;
  replyEndpoint: string | null;
}

export interface InboxTextsComponents {
  texts: CallingTexts;
  directMessages: DirectTable;
}

export class InboxTexts {
  readonly #c: InboxTextsComponents;

  constructor(components: InboxTextsComponents) {
    this.#c = components;
  }

  view(row: InboxRow): InboxView {
    if (row.sourceType === 'dm') return this.#direct(row);
    const payload = { ...row.payload, ...this.#text(row) };
    return { ...row, payload, preview: text(payload['preview']), dmThreadId: null, replyEndpoint: null };
  }

  #text(row: InboxRow): Record<string, unknown> {
    const found = this.#c.texts.get(row.sourceType, row.sourceId);
    if (found === undefined || !this.#c.texts.mayRead(row.userId, found)) return {};
    return {
      author_id: found.authorId,
      origin_peer: found.originPeer,
      content: found.content,
      preview: preview(found.content, MENTION_PREVIEW),
    };
  }

  #direct(row: InboxRow): InboxView {
    const message = this.#c.directMessages.get(row.sourceId as MessageId);
    const metadata = message?.metadata ?? {};
    const group = metadata['group_id'];
    const dmThreadId = typeof group === 'string' ? group : row.senderId;
    const content = message?.content ?? text(row.payload['content']);
    const shown = preview(content, MENTION_PREVIEW);
    const payload = {
      ...row.payload,
      content,
      preview: shown,
      attachments: metadata['attachments'] ?? [],
      dm_thread_id: dmThreadId,
      group_id: group ?? null,
      group_members: metadata['group_members'] ?? [],
      is_group: typeof group === 'string',
      reply_endpoint: REPLY_ENDPOINT,
      reply_to: metadata['reply_to'] ?? null,
      security: metadata['security'] ?? {},
    };
    return { ...row, payload, preview: shown, dmThreadId, replyEndpoint: REPLY_ENDPOINT };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
