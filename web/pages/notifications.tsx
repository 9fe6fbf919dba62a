/** `/notifications`: everything that called whoever is signed in, by kind (05 section 10.9, U-4). */
import { useEffect, useState } from 'preact/hooks';
import { Button, IconButton } from '../components/button.tsx';
import { CallLine } from '../components/call-line.tsx';
import { BellIcon, CloseIcon } from '../components/icons.tsx';
import { Empty, Notice } from '../components/parts.tsx';
import { Region } from '../components/region.tsx';
import { Shell } from '../components/shell.tsx';
import {
  calls,
  dismiss,
  FILTERS,
  grouped,
  loadCalls,
  passes,
  settle,
  type Call,
  type Filter,
} from '../state/attention.ts';
import { channels } from '../state/channel.ts';
import { conversationName } from '../state/conversation-words.ts';
import { conversations } from '../state/direct.ts';
import { letters } from '../state/letters.ts';
import { personName } from '../state/people.ts';

const CHIPS = Object.entries(FILTERS) as readonly [Filter, string][];

export function NotificationsPage() {
  const [filter, setFilter] = useState<Filter>('all');
  const [error, setError] = useState<string | null>(null);
  const load = (): Promise<void> =>
    loadCalls().then(
      () => setError(null),
      (cause: unknown) => setError(cause instanceof Error ? cause.message : 'They could not be read.'),
    );
  useEffect(() => void load(), []);
  const all = [...calls.value, ...letters.value].sort((a, b) => b.at - a.at);
  const shown = all.filter((call) => passes(filter, call));
  return (
    <Shell title="Notifications">
      <div class="page settings">
        <header class="page-head">
          <h1>Notifications</h1>
          {all.some((call) => call.unread) ? (
            <Button onClick={() => settle(all)}>Mark all as read</Button>
          ) : null}
        </header>
        <div class="row-actions" role="group" aria-label="Show">
          {CHIPS.map(([value, words]) => (
            <button
              key={value}
              type="button"
              class="chip"
              aria-pressed={filter === value}
              onClick={() => setFilter(value)}
            >
              {words}
            </button>
          ))}
        </div>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {shown.length === 0 ? (
          <Empty icon={BellIcon}>
            {filter === 'unread'
              ? 'Nothing waits for you.'
              : 'When somebody mentions you with @, replies to you, writes to you or adds you to a channel, it appears here.'}
          </Empty>
        ) : (
          grouped(shown).map(({ place, calls: list }) => <Group key={place} place={place} list={list} />)
        )}
      </div>
    </Shell>
  );
}

/** What calls in one conversation. */
function Group({ place, list }: { place: string; list: readonly Call[] }) {
  return (
    <Region title={titleOf(place)} action={<Button onClick={() => dismiss(list)}>Dismiss all</Button>}>
      <ul class="lines">
        {list.map((call) => (
          <li key={call.key} class="dismissable">
            <CallLine call={call} />
            <IconButton name="Dismiss" onClick={() => void dismiss([call]).catch(() => undefined)}>
              <CloseIcon />
            </IconButton>
          </li>
        ))}
      </ul>
    </Region>
  );
}

/** What the conversation is called. */
function titleOf(place: string): string {
  if (place === '') return 'Social Feed';
  const letter = conversations.value.find(({ key }) => key === place);
  if (letter !== undefined) return conversationName(letter.id, letter.members);
  const id = place.slice(place.indexOf(':') + 1);
  if (!place.startsWith('channel:')) return place.startsWith('group:') ? 'Group' : personName(id);
  return `#${channels.value.find((one) => one.id === id)?.name ?? id}`;
}
