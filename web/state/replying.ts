/** Which message one is replying to, by conversation, and what a reply quotes (05 section 10.5, M-7). */
import { signal } from '@preact/signals';
import type { ChannelMessage, DirectMessage } from '../api/types.ts';
import { channelEntry, directEntry } from './entries.ts';
import { messagePath } from './message-path.ts';
import { api, me } from './session.ts';
import { lineOf, personName } from './people.ts';
import type { Entry } from './thread.ts';

/** What is shown of a message that was replied to. */
export interface Quote {
  id: string;
  name: string;
  text: string;
  channelId: string | null;
}

/** By the key of the conversation's draft. */
export const replying = signal<Readonly<Record<string, Quote>>>({});

export function startReply(key: string, entry: Entry): void {
  replying.value = { ...replying.value, [key]: quoteOf(entry) };
}

export function stopReply(key: string): void {
  const { [key]: _old, ...others } = replying.value;
  replying.value = others;
}

/** Enough for one line. */
const QUOTED = 160;

export function quoteOf({ id, authorName, text, files, channelId }: Entry): Quote {
  const line = lineOf(text, QUOTED);
  const shown = line === '' ? (files?.[0]?.name ?? '') : line;
  return { id, name: authorName, text: shown, channelId };
}

/** Messages that were replied to and are not in the list: read once, null where there is nothing to read. */
const fetched = signal<ReadonlyMap<string, Quote | null>>(new Map());

/** The quote of a reply; undefined while it is not known. */
export function quoted(entry: Entry, listed: ReadonlyMap<string, Entry>): Quote | null | undefined {
  const { replyTo, channelId } = entry;
  if (replyTo === null) return null;
  const there = listed.get(replyTo);
  if (there !== undefined) return quoteOf(there);
  const known = fetched.value.get(replyTo);
  if (known === undefined && !fetched.value.has(replyTo)) void read(channelId, replyTo);
  return known;
}

async function read(channelId: string | null, id: string): Promise<void> {
  const put = (quote: Quote | null): void => {
    fetched.value = new Map([...fetched.value, [id, quote]]);
  };
  if (asked.has(id)) return;
  asked.add(id);
  try {
    const { message } = await api.get<{ message: ChannelMessage | DirectMessage }>(
      messagePath({ id, channelId }),
    );
    const mine = me.value?.id ?? '';
    put(
      quoteOf(
        'channel_id' in message
          ? channelEntry(message, mine, personName)
          : directEntry(message, mine, personName),
      ),
    );
  } catch {
    put(null);
  }
}

const asked = new Set<string>();
