/** What a search found, with the words that were looked for marked (05 section 10.5, M-11). */
import { useEffect, useState } from 'preact/hooks';
import { channels } from '../state/channel.ts';
import { speak } from '../state/notices.ts';
import { counted } from '../state/numbers.ts';
import { personName } from '../state/people.ts';
import {
  resultAddress,
  searchAddress,
  searchPath,
  snippetParts,
  type SearchAnswer,
  type SearchResult,
  type SearchWish,
} from '../state/search.ts';
import { api, me } from '../state/session.ts';
import { parseTime } from '../state/time.ts';
import { Button } from './button.tsx';
import { Avatar, Link, Name, Notice, Time } from './parts.tsx';

/** @param compact where there is little room: without the place, which is one and the same. */
export function Results({ wish, compact = false }: { wish: SearchWish; compact?: boolean }) {
  const address = searchAddress(wish);
  const [answer, setAnswer] = useState<SearchAnswer | null>(null);
  const [error, setError] = useState<string | null>(null);
  const read = async (cursor: string | null): Promise<void> => {
    setError(null);
    try {
      const page = await api.get<SearchAnswer>(searchPath(wish, cursor));
      setAnswer((before) =>
        cursor === null || before === null
          ? page
          : { ...page, results: [...before.results, ...page.results] },
      );
      if (cursor === null) speak(foundWords(page, wish));
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The search did not work.');
    }
  };
  useEffect(() => {
    setAnswer(null);
    void read(null);
  }, [address]);
  if (error !== null)
    return (
      <Notice tone="danger" action={<Button onClick={() => read(null)}>Retry</Button>}>
        {error}
      </Notice>
    );
  if (answer === null) return null;
  return (
    <section aria-label="Results" class="region">
      {answer.state === 'indexing' ? (
        <Notice tone="info" action={<Button onClick={() => read(null)}>Search again</Button>}>
          This node has just started and is still going through older messages. Some may be missing here.
        </Notice>
      ) : null}
      <p class="quiet-text">{foundWords(answer, wish)}</p>
      <ul class="lines">
        {answer.results.map((result) => (
          <li key={`${result.item_type}:${result.item_id}`}>
            <Result result={result} compact={compact} />
          </li>
        ))}
      </ul>
      {answer.next_cursor === null ? null : (
        <Button onClick={() => read(answer.next_cursor)}>Older results</Button>
      )}
    </section>
  );
}

function foundWords({ results, next_cursor: more }: SearchAnswer, { q }: SearchWish): string {
  if (results.length === 0)
    return q.trim() === '' ? 'Nothing found.' : 'Nothing found. Fewer words find more.';
  if (more !== null) return `The newest ${results.length} results`;
  return counted(results.length, 'result', 'results');
}

function Result({ result, compact }: { result: SearchResult; compact: boolean }) {
  const name = personName(result.author_id, result.author_name);
  const at = parseTime(result.created_at) ?? 0;
  return (
    <Link href={resultAddress(result, me.value?.id ?? '')} class="call">
      <Avatar id={result.author_id} name={name} small />
      <span class="line-text">
        <span class="message-head">
          <strong>
            <Name>{name}</Name>
          </strong>
          {compact ? null : (
            <span class="quiet-text">
              <Name>{placeWords(result)}</Name>
            </span>
          )}
          <Time at={at} />
        </span>
        <span class="snippet" dir="auto">
          {snippetParts(result.snippet).map(({ text, hit }, index) =>
            hit ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
          )}
        </span>
      </span>
    </Link>
  );
}

function placeWords({
  item_type: type,
  channel_id: id,
  author_id: author,
  recipient_id: to,
}: SearchResult): string {
  if (type === 'feed_post') return 'in the feed';
  if (type === 'channel_message')
    return `in #${channels.value.find((one) => one.id === id)?.name ?? 'a channel'}`;
  if (to === null) return 'to everyone';
  if (to.startsWith('group:')) return 'in a group';
  return author === me.value?.id ? `to ${personName(to)}` : 'to you';
}
