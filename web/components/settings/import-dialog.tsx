/** Choosing a database that takes the place of this node's at its next start (05 section 10.15, K-2). */
import { useRef, useState } from 'preact/hooks';
import { IMPORT_PHRASE, importDatabase } from '../../state/database-import.ts';
import { sizeWords } from '../../state/numbers.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { Name } from '../parts.tsx';
import { SaveRow } from '../save-row.tsx';
import { useSaving } from '../saving.ts';

export function ImportDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [phrase, setPhrase] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const { outcome, run, refuse, clear } = useSaving();
  const submit = async (): Promise<void> => {
    if (file === null) return refuse('Choose the file of a database.', 'database');
    if (phrase.trim() !== IMPORT_PHRASE) return refuse(`Type ${IMPORT_PHRASE}.`, 'phrase');
    if (await run(() => importDatabase(file, phrase))) onDone();
  };
  return (
    <Dialog title="Import database" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>
          At the next start of this node the database you choose takes the place of the present one, with all
          its accounts and messages. The present one stays on the disk, as{' '}
          <code>canopy_before_import_….db</code>.
        </p>
        <div class="row-actions">
          <input
            ref={picker}
            type="file"
            accept=".db,.sqlite,.sqlite3"
            hidden
            aria-label="Database"
            onChange={(event) => {
              clear();
              setFile(event.currentTarget.files?.[0] ?? null);
              event.currentTarget.value = '';
            }}
          />
          <Button onClick={() => picker.current?.click()}>Choose database…</Button>
          <span class="quiet-text" role="status">
            {file === null ? 'No file chosen.' : <Name>{`${file.name}, ${sizeWords(file.size)}`}</Name>}
          </span>
        </div>
        <Field
          label={`Type ${IMPORT_PHRASE} to confirm`}
          value={phrase}
          onInput={(value) => {
            clear();
            setPhrase(value);
          }}
        />
        <SaveRow action="Import" danger outcome={outcome}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
