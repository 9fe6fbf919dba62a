/** Making a library, and changing its name and filter (07 section 5). */
import { useState } from 'preact/hooks';
import { changeLibrary, createLibrary } from '../../state/libraries.ts';
import { filterOf, NO_FILTER, takesAll, wishOf, type Library } from '../../state/library-words.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';
import { FilterFields } from './filter-fields.tsx';

/** The node's limit (07 section 2). */
const MAX_NAME = 120;

interface LibraryDialogProps {
  /** The one that is changed; null makes one. */
  library: Library | null;
  onMade: (id: string) => void;
  onClose: () => void;
}

export function LibraryDialog({ library, onMade, onClose }: LibraryDialogProps) {
  const [name, setName] = useState(library?.name ?? '');
  const [wish, setWish] = useState(library === null ? NO_FILTER : wishOf(library.filter));
  const [everything, setEverything] = useState(library !== null && takesAll(library.filter));
  const { outcome, run, refuse, clear } = useSaving();
  const manual = library?.filter.hashes ?? [];
  const filter = filterOf(wish, manual);
  const save = async (): Promise<void> => {
    if (name.trim() === '') return refuse('Give it a name.', 'name');
    if (takesAll(filter) && !everything) return refuse('Say what belongs to it, or tick the box.', 'filter');
    let made = library?.id ?? '';
    const work = async (): Promise<void> => {
      if (library === null) made = await createLibrary(name.trim(), wish);
      else await changeLibrary(library.id, name.trim(), filter);
    };
    if (await run(work, library === null ? 'Library created' : 'Saved')) onMade(made);
  };
  return (
    <Dialog title={library === null ? 'New library' : 'Change library'} onClose={onClose}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label="Name"
          value={name}
          maxLength={MAX_NAME}
          onInput={(value) => {
            setName(value);
            clear();
          }}
          error={problemOf(outcome, 'name')}
        />
        <FilterFields
          wish={wish}
          onChange={(part) => {
            setWish({ ...wish, ...part });
            clear();
          }}
        />
        {takesAll(filter) ? (
          <label class="check">
            <input
              type="checkbox"
              checked={everything}
              onChange={(event) => {
                setEverything(event.currentTarget.checked);
                clear();
              }}
            />
            <span>Share everything in the asset store of this node, now and later</span>
          </label>
        ) : null}
        <SaveRow action={library === null ? 'Create' : 'Save'} outcome={outcome} fields={['name']}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
