/**
 * Mentions over the mesh (02 section 2.12, 03 section 5.9). Deviation D-140: word of one goes to the homes of those who
 * are mentioned and may have the text, after the text, and nowhere else (03 P3). What comes counts for texts that are
 * here, of the node that sends it.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import { mentionSchema } from '../wire/payloads/mention.ts';
import type { CallingText } from '../workspace/calling-texts.ts';
import { MENTION_PREVIEW } from '../workspace/mention-handles.ts';
import type { MentionOutcome } from '../workspace/mentions.ts';
import { preview } from '../workspace/text.ts';
import type { FramePayload } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import type { Interactions } from './interactions.ts';

const STATUS: Readonly<Record<MentionOutcome, AckStatus>> = {
  noted: ACK.stored,
  unknown_source: ACK.gone,
  foreign_author: ACK.invalid,
};

/** Word of a mention on the wire. @param targets people at home on the node it goes to. */
export function mentionPayload(
  text: Pick<CallingText, 'type' | 'id' | 'channelId' | 'authorId' | 'content'>,
  targets: readonly UserId[],
  localPeer: PeerId,
): FramePayload {
  const metadata = {
    type: 'interaction',
    action: 'mention',
    item_id: text.id,
    item_type: text.type,
    source_type: text.type,
    source_id: text.id,
    user_id: text.authorId,
    author_id: text.authorId,
    target_user_ids: targets,
    preview: preview(text.content, MENTION_PREVIEW),
    origin_peer: localPeer,
    ...(text.channelId === null ? {} : { channel_id: text.channelId }),
  };
  return { content: '', metadata };
}

export class MentionTraffic {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  /** Takes over mentions. */
  listen(interactions: Interactions): void {
    interactions.on(['mention'], null, (_interaction, message) => this.#received(message));
  }

  async #received({ from, metadata }: InboundMessage): Promise<AckStatus> {
    const read = mentionSchema.safeParse(metadata);
    if (!read.success) return ACK.invalid;
    const { workspace, log } = this.#c;
    const outcome = await workspace.mentions.receive(
      {
        sourceType: read.data.source_type,
        sourceId: read.data.source_id,
        authorId: read.data.author_id as UserId,
        targets: read.data.target_user_ids as UserId[],
      },
      from,
      (text, noted) => workspace.attention.mentionsNoted(text, noted),
    );
    if (outcome !== 'noted') log.debug({ peer: from, reason: outcome }, 'word of a mention was not taken');
    return STATUS[outcome];
  }
}
