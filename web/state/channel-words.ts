/** A channel in words: who it is for, who may post, how it is protected (05 sections 3.3, 10.6 and 10.13, X-8). Pure functions. */
import type { ChannelJson } from '../api/types.ts';

export type PrivacyMode = ChannelJson['privacy_mode'];

/** Who a channel can be for, the widest first. */
export const AUDIENCES: readonly { mode: PrivacyMode; label: string; hint: string }[] = [
  { mode: 'open', label: 'Open', hint: 'Everybody on this and all connected devices reads it and may join.' },
  {
    mode: 'guarded',
    label: 'Guarded',
    hint: 'Everybody sees that it exists; those who look after it let people in.',
  },
  {
    mode: 'private',
    label: 'Private',
    hint: 'Only its members know of it. Encrypted where all can read it.',
  },
  {
    mode: 'confidential',
    label: 'Confidential',
    hint: 'As private, and its members are told not to pass it on.',
  },
];

/** Days after the last message until a channel is archived by itself (05 section 3.3). */
export const LIFECYCLES: readonly { days: number; label: string }[] = [
  { days: 30, label: 'After 30 quiet days' },
  { days: 90, label: 'After 90 quiet days' },
  { days: 180, label: 'After 180 quiet days' },
  { days: 365, label: 'After a quiet year' },
  { days: 730, label: 'After two quiet years' },
];

/** Whether only members know what is in it. */
export function isForMembers({ privacy_mode: mode }: Pick<ChannelJson, 'privacy_mode'>): boolean {
  return mode === 'private' || mode === 'confidential';
}

type Encryption = Pick<ChannelJson, 'privacy_mode' | 'encrypted' | 'encryption_prevented_by'> & {
  origin_peer?: string | null;
};

/**
 * Whether all members of a channel are on this device, so that nothing of it leaves: with one elsewhere the node encrypts
 * it, or says who prevents that. Of a channel of another node it knows no such thing.
 */
export function isOfThisDevice(channel: Partial<Encryption>, ownPeer: string | null): boolean {
  const {
    privacy_mode: mode = 'open',
    encrypted,
    encryption_prevented_by: prevented,
    origin_peer: origin,
  } = channel;
  return (
    isForMembers({ privacy_mode: mode }) &&
    encrypted === false &&
    prevented?.length === 0 &&
    (origin == null || origin === ownPeer)
  );
}

/** How what is written in a channel of members is protected; null for channels everybody reads. */
export function encryptionWords(
  channel: Encryption,
  nameOf: (userId: string) => string,
  ownPeer: string | null,
): { sealed: boolean; short: string; long: string } | null {
  if (!isForMembers(channel)) return null;
  if (channel.encrypted)
    return {
      sealed: true,
      short: 'Encrypted for its members',
      long: 'Messages leave this device encrypted for the devices of its members alone.',
    };
  const names = channel.encryption_prevented_by.flatMap((one) => one.user_ids).map(nameOf);
  if (isOfThisDevice(channel, ownPeer))
    return {
      sealed: false,
      short: 'On this device only',
      long: 'All members are on this device: nothing leaves it. Once somebody elsewhere is in, messages are encrypted for the members.',
    };
  if (names.length === 0)
    return {
      sealed: false,
      short: 'Not encrypted for its members',
      long: 'The device this channel comes from does not encrypt it, so messages are protected on each connection only.',
    };
  return {
    sealed: false,
    short: 'Not encrypted for its members',
    long: `The ${names.length === 1 ? 'device of' : 'devices of'} ${listWords(names)} cannot read encrypted channels, so messages are protected on each connection only.`,
  };
}

type Posting = Pick<ChannelJson, 'can_post_top_level' | 'can_reply' | 'lifecycle_status'>;

/** Why one cannot begin a message here; null where one can. */
export function closedWords(channel: Partial<Posting>): string | null {
  if (channel.can_post_top_level !== false) return null;
  const why =
    channel.lifecycle_status === 'archived'
      ? 'This channel is archived.'
      : 'Only chosen people post in this channel.';
  return channel.can_reply === true ? `${why} You can reply to what they write.` : why;
}

/** `Anna, Ben and Cleo`. */
export function listWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
