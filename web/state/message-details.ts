/** What there is to say of a message besides its text (05 section 10.5, M-14). Pure functions. */
import type { Arrival, ChannelJson, ChannelMessage, DirectMessage } from '../api/types.ts';
import { encryptionWords, listWords } from './channel-words.ts';
import type { Reach } from './peers.ts';
import type { Entry } from './thread.ts';
import { parseTime, untilText } from './time.ts';

/** A term and what it is for this message. */
export type Fact = readonly [term: string, words: string];

/** What the words are made with. */
export interface DetailsContext {
  /** Unix ms. */
  now: number;
  exact: (at: number) => string;
  peerName: (peerId: string) => string;
  personName: (userId: string) => string;
  /** How a peer is reached now. */
  reachOf: (peerId: string) => Reach;
  /** The channel it is in, when the page knows it. */
  channel: Partial<ChannelJson> | null;
  ownPeer: string | null;
  /** How it came to this node; null when that was not noted. */
  arrival: Arrival | null;
}

/** Every fact of one message, in the order they are read. */
export function detailsOf(
  entry: Entry,
  message: ChannelMessage | DirectMessage,
  context: DetailsContext,
): Fact[] {
  const home = entry.originPeer ?? context.ownPeer;
  const homeName = home === context.ownPeer ? 'This node' : context.peerName(home ?? '');
  return [
    ['Message', message.id],
    ['Author', `${entry.authorName} (${entry.authorId})`],
    ['Author’s node', home === null ? 'Not known' : `${homeName} (${home})`],
    ['Path', pathWords(entry, context)],
    ...times(message, context),
    ['Encryption', encryption(entry, message, context)],
    ...recipients(message, context),
    ...lifespan(message, context),
  ];
}

/** How it came here; for what came before that was noted, how its author is reached now. */
function pathWords(
  { originPeer, unconfirmedVia }: Entry,
  { ownPeer, peerName, reachOf, arrival }: DetailsContext,
): string {
  if (originPeer === null || originPeer === ownPeer) return 'Written on this node';
  if (unconfirmedVia !== null)
    return `Caught up from ${peerName(unconfirmedVia)}; the author’s node has not confirmed it yet`;
  if (arrival !== null) {
    const direct = arrival.peer_id === originPeer;
    const name = peerName(arrival.peer_id);
    if (arrival.way === 'caught_up') return `Caught up from ${direct ? 'the author’s node' : name}`;
    return direct ? 'Came directly from the author’s node' : `Came via ${name}`;
  }
  const reach = reachOf(originPeer);
  if (reach.kind === 'direct') return 'From the author’s node, which is connected directly';
  if (reach.kind === 'via') return `From the author’s node, which is reached via ${reach.name}`;
  return 'From the author’s node, which is not connected now';
}

function times(message: ChannelMessage | DirectMessage, { exact }: DetailsContext): Fact[] {
  const rows: [string, string | null | undefined][] = [
    ['Written', message.created_at],
    ['Edited', message.edited_at],
    ...('delivered_at' in message
      ? ([
          ['Arrived', message.delivered_at],
          ['Read', message.read_at],
        ] as [string, string | null][])
      : []),
  ];
  return rows.flatMap(([term, value]): Fact[] => {
    const at = parseTime(value);
    return at === null ? [] : [[term, exact(at)]];
  });
}

/** Who can read it on its way; never more than holds (05 section 10.13, X-8). */
function encryption(entry: Entry, message: ChannelMessage | DirectMessage, context: DetailsContext): string {
  if ('channel_id' in message) {
    if (message.crypto_state === 'pending_decrypt') return 'Encrypted; its key has not come yet';
    if (message.crypto_state === 'decrypt_failed') return 'Encrypted; it could not be decrypted';
    if (message.crypto_state === 'decrypted') return 'Encrypted for the members’ devices alone';
    const { channel } = context;
    const words =
      channel?.privacy_mode === undefined
        ? null
        : encryptionWords(
            {
              privacy_mode: channel.privacy_mode,
              encrypted: channel.encrypted ?? false,
              encryption_prevented_by: channel.encryption_prevented_by ?? [],
              origin_peer: channel.origin_peer ?? null,
            },
            context.personName,
            context.ownPeer,
          );
    return words === null || words.sealed
      ? 'Protected on each connection; every node of the channel reads it'
      : words.long;
  }
  const security = securityOf(message);
  if (security === null) return entry.originPeer === null ? 'Stays on this node' : 'Not known';
  if (security['local_only'] === true) return 'Stays on this node';
  if (security['e2e'] === true) return 'Encrypted for the recipients’ devices alone';
  return security['mode'] === 'mixed'
    ? 'Encrypted for some recipients, protected on the connection for the others'
    : 'Protected on each connection; nodes that carry it can read it';
}

/** What holds for each recipient of a direct message. */
function recipients(message: ChannelMessage | DirectMessage, { peerName }: DetailsContext): Fact[] {
  const security = 'channel_id' in message ? null : securityOf(message);
  if (security === null) return [];
  const fact = (term: string, key: string): Fact[] => {
    const peers = texts(security[key]);
    return peers.length === 0 ? [] : [[term, listWords(peers.map(peerName))]];
  };
  return [
    ...fact('Encrypted for', 'encrypted_peer_ids'),
    ...fact('In clear text for', 'legacy_peer_ids'),
    ...fact('Not known for', 'unknown_peer_ids'),
  ];
}

function lifespan(message: ChannelMessage | DirectMessage, { now, exact }: DetailsContext): Fact[] {
  if (!('channel_id' in message)) return [['Lifespan', 'Stays until it is deleted']];
  const at = parseTime(message.expires_at);
  if (at === null) return [['Lifespan', 'Stays until it is deleted']];
  return [['Lifespan', `Disappears ${untilText(at, now)}, ${exact(at)}`]];
}

function securityOf(message: DirectMessage): Readonly<Record<string, unknown>> | null {
  const security = message.metadata?.['security'];
  return typeof security === 'object' && security !== null ? (security as Record<string, unknown>) : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
