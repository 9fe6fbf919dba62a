/** Words that several message types share. */

/** Who wrote: a person or an agent. */
export const ACCOUNT_TYPES = ['human', 'agent'] as const;
/** Kinds of reactions (04 section 4.2). */
export const REACTIONS = ['like', 'love', 'laugh', 'dislike', 'angry'] as const;
/** Who may find and join a channel. */
export const PRIVACY_MODES = ['open', 'guarded', 'private', 'confidential'] as const;
/** Who may post in a channel. */
export const POST_POLICIES = ['open', 'curated'] as const;
