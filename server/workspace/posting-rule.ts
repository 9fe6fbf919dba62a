/** Who may post what in a channel (03 section 5.10). */
import type { PostPolicy } from './types.ts';

/** What decides: the channel's policy and the place of the person in it. */
export interface PostingFacts {
  postPolicy: PostPolicy;
  allowMemberReplies: boolean;
  /** Role `admin`, creator, or on the allow-list. */
  approved: boolean;
}

export type PostingRefusal = 'top_level_post_restricted' | 'reply_restricted';

/** Whether a member may start a thread, and answer in one. */
export function postingRights(facts: PostingFacts): { topLevel: boolean; reply: boolean } {
  const topLevel = facts.postPolicy === 'open' || facts.approved;
  return { topLevel, reply: facts.allowMemberReplies || topLevel };
}

/** The reason a message is refused, or `null`. */
export function postingRefusal(facts: PostingFacts, isReply: boolean): PostingRefusal | null {
  const rights = postingRights(facts);
  if (isReply) return rights.reply ? null : 'reply_restricted';
  return rights.topLevel ? null : 'top_level_post_restricted';
}
