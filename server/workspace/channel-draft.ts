/** What a person gives to create or rename a channel, and the rules for it (03 section 5.1, 04 section 3.7). Pure. */
import type { UserId } from '../wire/ids.ts';
import {
  MAX_CHANNEL_NAME,
  channelName,
  isChannelType,
  isPostPolicy,
  isPrivacyMode,
} from './channel-rules.ts';
import { WorkspaceError } from './errors.ts';
import { codePoints, cut } from './text.ts';
import type { ChannelType, PostPolicy, PrivacyMode } from './types.ts';

/** Longest description, in code points; longer ones of other nodes are cut. */
export const MAX_DESCRIPTION = 1000;

/** A channel that does not exist yet; texts as typed. */
export interface ChannelDraft {
  name: string;
  description?: string;
  type?: string;
  privacyMode?: string;
  postPolicy?: string;
  allowMemberReplies?: boolean;
  /** Who is in besides whoever creates it, from here or elsewhere. */
  members?: readonly UserId[];
  /** Also those whose nodes cannot read encrypted channels. */
  acceptUnencrypted?: boolean;
}

/** A draft that holds. */
export interface CheckedDraft {
  name: string;
  description: string;
  channelType: ChannelType;
  privacyMode: PrivacyMode;
  postPolicy: PostPolicy;
  allowMemberReplies: boolean;
}

/**
 * @throws {WorkspaceError} `channel_name_required`, `channel_name_too_long`, `invalid_channel_type`,
 *   `invalid_privacy_mode`, `invalid_post_policy`.
 */
export function checkedDraft(draft: ChannelDraft): CheckedDraft {
  const name = checkedName(draft.name);
  const channelType = draft.type ?? 'public';
  // A private channel is private, whatever was left out (03 P9).
  const privacyMode = draft.privacyMode ?? (channelType === 'private' ? 'private' : 'open');
  const postPolicy = (draft.postPolicy ?? 'open').trim().toLowerCase();
  const privacy = checkedPrivacy(privacyMode);
  if (!isPostPolicy(postPolicy)) throw new WorkspaceError('invalid_post_policy', 'Invalid post policy');
  if (!isChannelType(channelType))
    throw new WorkspaceError('invalid_channel_type', `Invalid channel type: ${cut(String(channelType), 40)}`);
  return {
    name,
    description: checkedDescription(draft.description ?? ''),
    channelType,
    privacyMode: privacy,
    postPolicy,
    allowMemberReplies: draft.allowMemberReplies !== false,
  };
}

/** Without leading `#` and blanks. @throws {WorkspaceError} `channel_name_required`, `channel_name_too_long`. */
export function checkedName(typed: string): string {
  const name = typed.trim().replace(/^#+/, '').trim();
  if (name === '') throw new WorkspaceError('channel_name_required', 'Channel name required');
  if (codePoints(name) > MAX_CHANNEL_NAME)
    throw new WorkspaceError(
      'channel_name_too_long',
      `Channel name too long (max ${MAX_CHANNEL_NAME} characters)`,
    );
  return channelName(name);
}

/** Trimmed, cut to {@link MAX_DESCRIPTION}. */
export function checkedDescription(typed: string): string {
  return cut(typed.trim(), MAX_DESCRIPTION);
}

/** @throws {WorkspaceError} `invalid_privacy_mode`. */
export function checkedPrivacy(typed: string): PrivacyMode {
  const mode = typed.trim().toLowerCase();
  if (!isPrivacyMode(mode)) throw new WorkspaceError('invalid_privacy_mode', 'Invalid privacy mode');
  return mode;
}
