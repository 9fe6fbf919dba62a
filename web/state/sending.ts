/**
 * Sending (05 sections 10.5 M-1 and 10.6): the unsent queue of this tab, and which call carries what.
 */
import { computed, effect, signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { ChannelMessage, DirectMessage, P2pSendAnswer } from '../api/types.ts';
import { findOwnAfter, newestChannelMessage, refreshChannel, takeChannelMessage } from './channel.ts';
import type { ConversationId } from './conversations.ts';
import {
  findOwnDirectAfter,
  groupMembers,
  newestDirect,
  refreshDirect,
  takeDirectMessage,
} from './direct.ts';
import { later } from './catch-up.ts';
import { keepFiles, keptFiles } from './draft-files.ts';
import { Outbox, targetKey, type Target, type Unsent } from './outbox.ts';
import { speak } from './notices.ts';
import { counted } from './numbers.ts';
import { api, loadSession, me } from './session.ts';
import { tabStore } from './storage.ts';
import { browserPut, uploadName, uploadTransport } from './upload-transport.ts';
import { AddedFiles, type Dimensions, type FileRef } from './uploads.ts';

const KEY = 'unsent';
/** While the node does not answer, the queue tries again this often; the event stream usually is faster. */
const RETRY_MS = 5_000;

/** What the last broadcast reached, in words, until the next one. */
export const broadcastReport = signal<string | null>(null);

/** Messages found again by {@link arrived}: one of them never stands for two sendings. */
export const taken: Set<string> = new Set();

async function deliver(item: Unsent): Promise<void> {
  const { target, text } = item;
  switch (target.kind) {
    case 'channel': {
      const body = {
        channel_id: target.id,
        content: text,
        client_id: item.localId,
        ...filesOf(item),
        ...(item.replyTo === undefined ? {} : { parent_message_id: item.replyTo }),
      };
      const answer = await api.post<{ message: ChannelMessage }>('/api/v1/channels/messages', body);
      takeChannelMessage(answer.message);
      taken.add(answer.message.id);
      return;
    }
    case 'dm': {
      const body = {
        // A group is written to by naming who is in it.
        ...(target.id.startsWith('group:')
          ? { recipient_ids: groupMembers(target.id) }
          : { recipient_id: target.id }),
        content: text,
        client_id: item.localId,
        ...filesOf(item),
        ...(item.replyTo === undefined ? {} : { reply_to: item.replyTo }),
      };
      const answer = await api.post<{ message: DirectMessage }>('/api/v1/messages', body);
      takeDirectMessage(answer.message);
      taken.add(answer.message.id);
      return;
    }
    case 'everyone': {
      const body = { content: text, broadcast: true, client_id: item.localId };
      const answer = await api.post<P2pSendAnswer>('/api/v1/p2p/send', body);
      if (!answer.success) throw new ApiError(502, 'not_sent', answer.message ?? 'No peer could be reached');
      broadcastReport.value = describeBroadcast(answer);
      await refreshDirect();
    }
  }
}

function filesOf({ files }: Unsent): { attachments?: readonly FileRef[] } {
  return files === undefined ? {} : { attachments: files };
}

/** What became of a broadcast, in words. */
export function describeBroadcast(answer: P2pSendAnswer): string {
  const peers = (ids: readonly string[]): string => counted(ids.length, 'device', 'devices');
  const parts = [`Handed to ${peers(answer.delivered_to ?? [])}`];
  if ((answer.queued_for ?? []).length > 0) parts.push(`waiting for ${peers(answer.queued_for ?? [])}`);
  if ((answer.cannot_show ?? []).length > 0)
    parts.push(`${peers(answer.cannot_show ?? [])} cannot show broadcasts`);
  return `${parts.join(', ')}.`;
}

async function arrived(item: Unsent): Promise<boolean> {
  const { target, text, after } = item;
  const found =
    target.kind === 'channel'
      ? await findOwnAfter(target.id, text, after)
      : await findOwnDirectAfter(conversationOfTarget(target), text, after);
  if (found === null || taken.has(found.id)) return false;
  taken.add(found.id);
  await (target.kind === 'channel' ? refreshChannel() : refreshDirect());
  return true;
}

function conversationOfTarget(target: Exclude<Target, { kind: 'channel' }>): ConversationId {
  if (target.kind === 'everyone') return { kind: 'everyone' };
  return { kind: target.id.startsWith('group:') ? 'group' : 'person', id: target.id };
}

function load(): Unsent[] {
  const stored = tabStore.read(KEY);
  return Array.isArray(stored) ? stored.filter(isUnsent) : [];
}

function isUnsent(value: unknown): value is Unsent {
  if (typeof value !== 'object' || value === null) return false;
  const { localId, target, text, at } = value as Partial<Unsent>;
  return (
    typeof localId === 'string' &&
    typeof target === 'object' &&
    typeof text === 'string' &&
    typeof at === 'number'
  );
}

let lastId = 0;

export const outbox = new Outbox({
  deliver,
  arrived,
  now: () => Date.now(),
  // Unique within the tab and its reloads; also tells the node's log which attempt is meant.
  newId: () => `u${Date.now().toString(36)}${(lastId += 1).toString(36)}`,
  later,
  load,
  save: (items) => tabStore.write(KEY, items.length === 0 ? null : items),
});

/** What waits in one conversation. */
export function unsentOf(target: Target): readonly Unsent[] {
  const key = targetKey(target);
  return outbox.items.value.filter((item) => targetKey(item.target) === key);
}

/** How large a picture is; null for what is none after all. */
async function dimensionsOf(address: string): Promise<Dimensions | null> {
  const picture = new Image();
  picture.src = address;
  try {
    await picture.decode();
  } catch {
    return null;
  }
  const { naturalWidth: width, naturalHeight: height } = picture;
  return width > 0 && height > 0 ? { width, height } : null;
}

/** Carries every file of this tab to the node. */
export const transport = uploadTransport({
  put: browserPut(() => api.csrfToken),
  state: (address) => api.get(address),
  forget: (address) => void api.delete(address).catch(() => undefined),
  renewToken: loadSession,
  later,
  newName: uploadName,
});

/** Files beside the text of every draft. */
export const addedFiles = new AddedFiles({
  transport,
  previewOf: (file) => (file.type.startsWith('image/') ? URL.createObjectURL(file) : null),
  measure: dimensionsOf,
  now: () => Date.now(),
  kept: keptFiles(tabStore),
  keep: keepFiles(tabStore),
});

/** Sends a text; it is in the list before this returns its promise. */
export function sendText(
  target: Target,
  text: string,
  besides: { files?: readonly FileRef[]; replyTo?: string | null } = {},
): Promise<void> {
  const after = target.kind === 'channel' ? newestChannelMessage() : (newestDirect.value?.id ?? null);
  return outbox.send(target, text, after, besides);
}

const waiting = computed(() => outbox.items.value.some((item) => item.state === 'waiting'));
const failed = computed(() => outbox.items.value.filter((item) => item.state === 'failed').length);

/**
 * Keeps trying while something waits, says when something was refused, and has the browser ask before a page goes that still
 * uploads: it cannot be given the file again. Runs for the life of the page.
 */
export function keepSending(): void {
  window.addEventListener('beforeunload', (event) => {
    if (addedFiles.isUploading) event.preventDefault();
  });
  let timer: number | null = null;
  effect(() => {
    const due = waiting.value && me.value !== null;
    if (due && timer === null) timer = window.setInterval(() => void outbox.pump(), RETRY_MS);
    if (!due && timer !== null) {
      window.clearInterval(timer);
      timer = null;
    }
  });
  let told = 0;
  effect(() => {
    if (failed.value > told) speak('A message was not sent.');
    told = failed.value;
  });
}
