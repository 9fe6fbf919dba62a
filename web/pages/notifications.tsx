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
  grouped,
  loadCalls,
  settle,
  unreadCalls,
  type Call,
  type CallKind,
} from '../state/attention.ts';
import { channels } from '../state/channel.ts';

const FILTERS: readonly (readonly [CallKind | 'all' | 'unread', string])[] = [
  ['all', 'All'],
  ['unread', 'Unread'],
  ['mention', 'Mentions'],
  ['reply', 'Replies'],
  ['added', 'Channels'],
];
type Filter = (typeof FILTERS)[number][0];

export function NotificationsPage() {
  const [filter, setFilter] = useState<Filter>('all');
  const [error, setError] = useState<string | null>(null);
  const load = (): Promise<void> =>
    loadCalls().then(
      () => setError(null),
      (cause: unknown) => setError(cause instanceof Error ? cause.message : 'They could not be read.'),
    );
  useEffect(() => void load(), []);
  const shown = calls.value.filter((call) =>
    filter === 'all' ? true : filter === 'unread' ? call.unread : call.kind === filter,
  );
  return (
    <Shell title="Notifications">
      <div class="page settings">
        <header class="page-head">
          <h1>Notifications</h1>
          {unreadCalls.value > 0 ? (
            <Button onClick={() => settle(calls.value)}>Mark all as read</Button>
          ) : null}
        </header>
        <div class="row-actions" role="group" aria-label="Show">
          {FILTERS.map(([value, words]) => (
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
              : 'When somebody mentions you with @, replies to you or adds you to a channel, it appears here.'}
          </Empty>
        ) : (
          grouped(shown).map(({ channelId, calls: list }) => (
            <Group key={channelId ?? 'elsewhere'} channelId={channelId} list={list} />
          ))
        )}
      </div>
    </Shell>
  );
}

/** What calls in one conversation. */
function Group({ channelId, list }: { channelId: string | null; list: readonly Call[] }) {
  const channel = channels.value.find((one) => one.id === channelId);
  const title = channelId === null ? 'Elsewhere' : `#${channel?.name ?? channelId}`;
  return (
    <Region title={title} action={<Button onClick={() => dismiss(list)}>Dismiss all</Button>}>
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
