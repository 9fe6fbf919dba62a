/** The thread that is open beside its channel (05 section 10.5, M-7): its first message with everything that answers it. */
import { computed, signal } from '@preact/signals';
import type { ChannelMessage } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { channelEntry } from './entries.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';

/** Any message of it. */
const open = signal<{ channel: string; id: string } | null>(null);
const messages = signal<readonly ChannelMessage[]>([]);
/** The message the open thread was asked for by, once it was read. */
export const threadShown = signal<string | null>(null);

export const threadViewEntries = computed(() => {
  const id = me.value?.id ?? '';
  return messages.value.map((message) => channelEntry(message, id, personName));
});
/** The message a thread begins with; what is written in it answers that. */
export const threadRoot = computed(() => threadViewEntries.value[0] ?? null);

/** Opens the thread a message is in, or closes it. */
export async function showThread(channel: string, id: string | null): Promise<void> {
  if (open.value?.id === id && open.value?.channel === channel) return;
  open.value = id === null ? null : { channel, id };
  messages.value = [];
  threadShown.value = null;
  await refreshThread();
}

async function read(): Promise<void> {
  const asked = open.value;
  if (asked === null) return;
  const query = new URLSearchParams({ thread: asked.id });
  const path = `/api/v1/channels/${encodeURIComponent(asked.channel)}/history?${query.toString()}`;
  const part = await api.get<{ messages: ChannelMessage[] }>(path);
  if (open.value !== asked) return;
  messages.value = part.messages;
  threadShown.value = asked.id;
}

/** Reads the open thread again; calls in between are joined. */
export const refreshThread = coalesced(read);
