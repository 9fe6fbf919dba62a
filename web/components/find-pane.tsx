/** Beside a conversation: searching in it, by words, person, date and files (05 section 10.5, M-11). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { finding, wishIn } from '../state/finding.ts';
import { targetKey, type Target } from '../state/outbox.ts';
import { correspondents, personName } from '../state/people.ts';
import { canSearch, type SearchWish } from '../state/search.ts';
import { me } from '../state/session.ts';
import { Select } from './field.tsx';
import { SearchField } from './search-field.tsx';
import { Results } from './search-results.tsx';
import { SidePane } from './side-pane.tsx';
import { WhenAndFiles } from './when-and-files.tsx';

/** What is looked for in a conversation, and what of it was sent off. */
interface Looked {
  /** Of the conversation. */
  key: string;
  wish: SearchWish;
  asked: SearchWish | null;
}

function wanted(wish: SearchWish): SearchWish | null {
  return canSearch(wish) ? wish : null;
}

export function FindPane({ target, name }: { target: Target; name: string }) {
  const key = targetKey(target);
  const begin: Looked = { key, wish: wishIn(target), asked: null };
  const [looked, setLooked] = useState(begin);
  // What was looked for in another conversation does not come along.
  const { wish, asked } = looked.key === key ? looked : begin;
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const change = (part: Partial<SearchWish>): void => {
    const next = { ...wish, ...part };
    // A choice counts at once; words when they are sent off.
    setLooked({ key, wish: next, asked: 'q' in part ? asked : wanted(next) });
  };
  const close = (): void => {
    finding.value = false;
    document.querySelector<HTMLElement>('#composer')?.focus();
  };
  const people = correspondents.value.map((one) => [one.user_id, personName(one.user_id)] as const);
  return (
    <SidePane title={`Search in ${name}`} onClose={close}>
      <form
        class="form find"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setLooked({ key, wish, asked: wanted(wish) });
        }}
      >
        <SearchField
          inputRef={field}
          label="Search in this conversation"
          placeholder="Words, then Enter"
          value={wish.q}
          onInput={(q) => change({ q })}
        />
        <details class="more">
          <summary>Narrow it down</summary>
          <div class="filters">
            <Select
              label="From"
              value={wish.from}
              options={[['', 'Anybody'], [me.value?.id ?? '', 'You'], ...people]}
              onChange={(from) => change({ from })}
            />
            <WhenAndFiles wish={wish} change={change} />
          </div>
        </details>
      </form>
      {asked === null ? (
        <p class="quiet-text list-empty">
          Words find what contains all of them. Who wrote it, when, and files can be looked for without words.
        </p>
      ) : (
        <Results wish={asked} compact />
      )}
    </SidePane>
  );
}
