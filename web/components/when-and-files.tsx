/** The filters every search has (05 section 10.5, M-11): from when, until when, and only what carries files. */
import type { SearchWish } from '../state/search.ts';
import { Field } from './field.tsx';

export function WhenAndFiles({
  wish,
  change,
}: {
  wish: SearchWish;
  change: (part: Partial<SearchWish>) => void;
}) {
  return (
    <>
      <Field label="Since" type="date" value={wish.after} onInput={(after) => change({ after })} />
      <Field label="Before" type="date" value={wish.before} onInput={(before) => change({ before })} />
      <label class="check">
        <input type="checkbox" checked={wish.files} onChange={() => change({ files: !wish.files })} />
        <span>Only with files</span>
      </label>
    </>
  );
}
