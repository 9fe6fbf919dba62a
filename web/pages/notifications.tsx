/** `/notifications`: everything that called whoever is signed in, by kind (05 section 10.9, U-4). */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { CallLine } from '../components/call-line.tsx';
import { Empty, Notice } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';
import { calls, loadCalls, settle, unreadCalls, type CallKind } from '../state/attention.ts';

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
          <Empty>
            {filter === 'unread'
              ? 'Nothing waits for you.'
              : 'When somebody mentions you with @, replies to you or adds you to a channel, it appears here.'}
          </Empty>
        ) : (
          <ul class="lines">
            {shown.map((call) => (
              <li key={call.key}>
                <CallLine call={call} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </Shell>
  );
}
