/** Which assets belong to a library, with a live count of what matches on this node now (07 section 5). */
import { useEffect, useState } from 'preact/hooks';
import { countMatching } from '../../state/libraries.ts';
import { filterOf, KINDS, takesAll, type FilterWish } from '../../state/library-words.ts';
import { counted, sizeWords } from '../../state/numbers.ts';
import { Field, Select } from '../field.tsx';

/** Typing is over when nothing was typed for this long. */
const SETTLED_MS = 250;
const MAX_PART = 128;

interface FilterFieldsProps {
  wish: FilterWish;
  onChange: (part: Partial<FilterWish>) => void;
}

export function FilterFields({ wish, onChange }: FilterFieldsProps) {
  const known = KINDS.some(([prefix]) => prefix === wish.mime_prefix);
  const kinds: (readonly [string, string])[] = [...KINDS];
  if (!known) kinds.push([wish.mime_prefix, `Type ${wish.mime_prefix}`]);
  return (
    <fieldset class="form">
      <legend>What belongs to it</legend>
      <p class="note">
        Whatever matches all of these, of what is here and of what members add later. Blank fields match
        everything.
      </p>
      <div class="two-fields">
        <Select
          label="Kind"
          value={wish.mime_prefix}
          options={kinds}
          onChange={(mime_prefix) => onChange({ mime_prefix })}
        />
        <Field
          label="Tags"
          value={wish.tags}
          maxLength={1_000}
          onInput={(tags) => onChange({ tags })}
          hint="Any of them, with commas between"
        />
        <Field
          label="Application"
          value={wish.application}
          maxLength={MAX_PART}
          onInput={(application) => onChange({ application })}
          hint="Which put it there, for example paste"
        />
        <Field
          label="Person"
          value={wish.user}
          maxLength={MAX_PART}
          onInput={(user) => onChange({ user })}
          hint="As written at the file"
        />
      </div>
      <MatchCount wish={wish} />
    </fieldset>
  );
}

function MatchCount({ wish }: { wish: FilterWish }) {
  const [count, setCount] = useState<{ assets: number; bytes: number } | null>(null);
  const filter = filterOf(wish);
  const asked = JSON.stringify(filter);
  useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      countMatching(filter).then(
        (found) => (current ? setCount(found) : undefined),
        () => (current ? setCount(null) : undefined),
      );
    }, SETTLED_MS);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [asked]);
  return (
    <p class="note" role="status">
      {count === null
        ? ''
        : `${takesAll(filter) ? 'Everything matches' : 'Matches now'}: ${counted(count.assets, 'file', 'files')}, ${sizeWords(count.bytes)}.`}
    </p>
  );
}
