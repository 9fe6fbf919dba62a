/** Words that several message types share. */

/** Who wrote: a person or an agent. */
export const ACCOUNT_TYPES = ['human', 'agent'] as const;
/** Kinds of reactions (04 section 4.2). */
export const REACTIONS = ['like', 'love', 'laugh', 'dislike', 'angry'] as const;
/** What a feed post is (03 section 2.5.4); the reference fails on any other word. */
export const POST_TYPES = ['text', 'link', 'image', 'video', 'audio', 'poll'] as const;
/** Who sees a feed post (03 section 7.1). */
export const VISIBILITIES = ['public', 'network', 'trusted', 'private', 'custom'] as const;
/** Who may find and join a channel. */
export const PRIVACY_MODES = ['open', 'guarded', 'private', 'confidential'] as const;
/** Who may post in a channel. */
export const POST_POLICIES = ['open', 'curated'] as const;
