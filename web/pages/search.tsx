/** `/search`: channels, direct messages and posts at once, narrowed by who, where, when and files (05 section 10.5, M-11). */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Field, Select } from '../components/field.tsx';
import { Avatar, Empty, Link, Name, Notice, Time } from '../components/parts.tsx';
import { Shell } from '../components/shell.tsx';
import { channels } from '../state/channel.ts';
import { speak } from '../state/notices.ts';
import { correspondents, personName } from '../state/people.ts';
import { location, navigate } from '../state/router.ts';
import {
  resultAddress,
  SEARCH_TYPES,
  searchAddress,
  searchPath,
  snippetParts,
  wishOf,
  type SearchAnswer,
  type SearchResult,
  type SearchWish,
} from '../state/search.ts';
import { api, me } from '../state/session.ts';
import { parseTime } from '../state/time.ts';

export function SearchPage() {
  const asked = wishOf(location.value.query);
  const address = searchAddress(asked);
  return (
    <Shell title="Search">
      <div class="page settings">
        <h1>Search</h1>
        <SearchForm key={address} asked={asked} />
        {asked.q.trim() === '' ? (
          <Empty>
            Words find what contains all of them. <code>begin*</code>, <code>"a phrase"</code>,{' '}
            <code>OR</code> and <code>-without</code> work, too.
          </Empty>
        ) : (
          <Results wish={asked} address={address} />
        )}
      </div>
    </Shell>
  );
}

function SearchForm({ asked }: { asked: SearchWish }) {
  const [wish, setWish] = useState(asked);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const change = (part: Partial<SearchWish>): void => setWish({ ...wish, ...part });
  const narrowed =
    wish.from !== '' || wish.channel !== '' || wish.after !== '' || wish.before !== '' || wish.files;
  const people = correspondents.value.map((one) => [one.user_id, personName(one.user_id)] as const);
  return (
    <form
      class="form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        navigate(searchAddress(wish));
      }}
    >
      <div class="input-with-button">
        <input
          ref={field}
          type="search"
          class="input"
          aria-label="Search for"
          placeholder="Search messages and posts"
          value={wish.q}
          dir="auto"
          onInput={(event) => change({ q: event.currentTarget.value })}
        />
        <Button type="submit" kind="primary">
          Search
        </Button>
      </div>
      <details class="more" open={narrowed || wish.type !== ''}>
        <summary>Narrow it down</summary>
        <div class="filters">
          <Select label="In" value={wish.type} options={SEARCH_TYPES} onChange={(type) => change({ type })} />
          <Select
            label="From"
            value={wish.from}
            options={[['', 'Anybody'], [me.value?.id ?? '', 'You'], ...people]}
            onChange={(from) => change({ from })}
          />
          <Select
            label="Channel"
            value={wish.channel}
            options={[['', 'Any'], ...channels.value.map(({ id, name }) => [id, `#${name}`] as const)]}
            onChange={(channel) => change({ channel })}
          />
          <Field label="Since" type="date" value={wish.after} onInput={(after) => change({ after })} />
          <Field label="Before" type="date" value={wish.before} onInput={(before) => change({ before })} />
          <label class="check">
            <input type="checkbox" checked={wish.files} onChange={() => change({ files: !wish.files })} />
            <span>Only with files</span>
          </label>
        </div>
      </details>
    </form>
  );
}

function Results({ wish, address }: { wish: SearchWish; address: string }) {
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
      if (cursor === null) speak(foundWords(page));
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
      <p class="quiet-text">{foundWords(answer)}</p>
      <ul class="lines">
        {answer.results.map((result) => (
          <li key={`${result.item_type}:${result.item_id}`}>
            <Result result={result} />
          </li>
        ))}
      </ul>
      {answer.next_cursor === null ? null : (
        <Button onClick={() => read(answer.next_cursor)}>Older results</Button>
      )}
    </section>
  );
}

function foundWords({ results, next_cursor: more }: SearchAnswer): string {
  if (results.length === 0) return 'Nothing found. Fewer words find more.';
  if (more !== null) return `The newest ${results.length} results`;
  return results.length === 1 ? '1 result' : `${results.length} results`;
}

function Result({ result }: { result: SearchResult }) {
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
          <span class="quiet-text">
            <Name>{placeWords(result)}</Name>
          </span>
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
  if (to?.startsWith('group:') === true) return 'in a group';
  return author === me.value?.id && to !== null ? `to ${personName(to)}` : 'to you';
}
