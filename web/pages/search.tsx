/** `/search`: channels, direct messages and posts at once, narrowed by who, where, when and files (05 section 10.5, M-11). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Select } from '../components/field.tsx';
import { SearchIcon } from '../components/icons.tsx';
import { Empty } from '../components/parts.tsx';
import { SearchField } from '../components/search-field.tsx';
import { Results } from '../components/search-results.tsx';
import { Shell } from '../components/shell.tsx';
import { WhenAndFiles } from '../components/when-and-files.tsx';
import { channels } from '../state/channel.ts';
import { correspondents, personName } from '../state/people.ts';
import { location, navigate } from '../state/router.ts';
import { canSearch, SEARCH_TYPES, searchAddress, wishOf, type SearchWish } from '../state/search.ts';
import { me } from '../state/session.ts';

export function SearchPage() {
  const asked = wishOf(location.value.query);
  const address = searchAddress(asked);
  return (
    <Shell title="Search">
      <div class="page settings">
        <h1>Search</h1>
        <SearchForm key={address} asked={asked} />
        {!canSearch(asked) ? (
          <Empty icon={SearchIcon}>
            Words find what contains all of them. <code>begin*</code>, <code>"a phrase"</code>,{' '}
            <code>OR</code> and <code>-without</code> work, too. Who wrote it, when, and files can be looked
            for without words.
          </Empty>
        ) : (
          <Results wish={asked} />
        )}
      </div>
    </Shell>
  );
}

function SearchForm({ asked }: { asked: SearchWish }) {
  const [wish, setWish] = useState(asked);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
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
        <SearchField
          inputRef={field}
          label="Search for"
          placeholder="Search messages and posts"
          value={wish.q}
          onInput={(q) => change({ q })}
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
          <WhenAndFiles wish={wish} change={change} />
        </div>
      </details>
    </form>
  );
}
