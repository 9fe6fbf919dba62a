/** Kinds of channels and how they are read from rows and payloads (03 section 5.1). Pure. */
import { QUARANTINE_CHANNEL_NAME, QUARANTINE_ID_PREFIX } from '../store/seed.ts';
import { label } from './text.ts';
import type { ChannelType, PostPolicy, PrivacyMode } from './types.ts';

/** Longest channel name in code points. */
export const MAX_CHANNEL_NAME = 80;
/** How a channel is called of which nothing but the id is known. */
const PLACEHOLDER_PREFIX = 'peer-channel-';
/** Description of channels made from messages (03 sections 5.4 and 8.4). */
export const AUTO_DESCRIPTION = 'Auto-created from P2P sync';

const TYPES: ReadonlySet<string> = new Set(['public', 'private', 'dm', 'group_dm', 'general']);
const PRIVACY_MODES: ReadonlySet<string> = new Set(['open', 'guarded', 'private', 'confidential']);

export function isChannelType(value: unknown): value is ChannelType {
  return typeof value === 'string' && TYPES.has(value);
}

export function isPrivacyMode(value: unknown): value is PrivacyMode {
  return typeof value === 'string' && PRIVACY_MODES.has(value);
}

export function isPostPolicy(value: unknown): value is PostPolicy {
  return value === 'open' || value === 'curated';
}

/** The two fields that say who a channel is for. */
export interface ChannelKind {
  channelType: string;
  privacyMode: string;
}

/** Everybody on every node: public and open. */
export function isPublicOpen(channel: ChannelKind): boolean {
  return isPublicType(channel.channelType) && channel.privacyMode === 'open';
}

/** Announced to every peer; guarded channels are told of, not opened. */
export function isPublicForSync(channel: ChannelKind): boolean {
  return (
    isPublicType(channel.channelType) && (channel.privacyMode === 'open' || channel.privacyMode === 'guarded')
  );
}

/** Only for peers that host a member. */
export function isTargeted(channel: ChannelKind): boolean {
  return !isPublicForSync(channel);
}

function isPublicType(type: string): boolean {
  return type === 'public' || type === 'general';
}

/** The privacy an announcement means (03 section 5.1): absent or unknown is private for private types, else open. */
export function announcedPrivacy(privacy: unknown, type: string): PrivacyMode {
  if (isPrivacyMode(privacy)) return privacy;
  return type === 'private' ? 'private' : 'open';
}

/** Without leading `#` and surrounding blanks, cut to the longest allowed. */
export function channelName(name: string): string {
  const bare = label(name, 4 * MAX_CHANNEL_NAME)
    .replace(/^#+/, '')
    .trim();
  return [...bare.slice(0, MAX_CHANNEL_NAME * 2)].slice(0, MAX_CHANNEL_NAME).join('');
}

export function placeholderChannelName(id: string): string {
  return `${PLACEHOLDER_PREFIX}${id.slice(0, 8)}`;
}

export function isPlaceholderName(name: string): boolean {
  return name.startsWith(PLACEHOLDER_PREFIX);
}

/** The quarantine channel is local to every node; nothing about one ever comes from outside (03 section 3.6). */
export function isQuarantine(id: string, name = ''): boolean {
  return (
    id.startsWith(QUARANTINE_ID_PREFIX) || id === QUARANTINE_CHANNEL_NAME || name === QUARANTINE_CHANNEL_NAME
  );
}
