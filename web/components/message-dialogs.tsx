/** What the menu of a message asks or says over the page: how long it stays, and its details (05 section 10.5, M-13, M-14). */
import { useState } from 'preact/hooks';
import { asItIs, asking, LIFESPANS, setLifespan } from '../state/message-actions.ts';
import { showToast } from '../state/notices.ts';
import type { Entry } from '../state/thread.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Select } from './field.tsx';
import { MessageDetails } from './message-details.tsx';
import { SaveRow } from './save-row.tsx';
import { useSaving } from './saving.ts';

/** Stands once in the page. */
export function MessageDialogs() {
  if (asking.value === null) return null;
  const { what } = asking.value;
  const entry = asItIs(asking.value.entry);
  const close = (): void => {
    asking.value = null;
  };
  return what === 'lifespan' ? (
    <Lifespan entry={entry} onClose={close} />
  ) : (
    <MessageDetails entry={entry} onClose={close} />
  );
}

const CHOICES = LIFESPANS.map(([seconds, words]) => [String(seconds), `${words} from now`] as const);
/** What a message gets that says nothing of it. */
const USUAL = String(90 * 86_400);

function Lifespan({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const [seconds, setSeconds] = useState(USUAL);
  const { outcome, run, clear } = useSaving();
  const save = async (): Promise<void> => {
    if (!(await run(() => setLifespan(entry, Number(seconds))))) return;
    const words = LIFESPANS.find(([value]) => String(value) === seconds)?.[1] ?? '';
    showToast({ key: 'lifespan', text: `The message disappears in ${words}.`, actions: [] });
    onClose();
  };
  return (
    <Dialog title="Lifespan" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Select
          label="The message disappears"
          value={seconds}
          options={CHOICES}
          onChange={(value) => {
            setSeconds(value);
            clear();
          }}
          hint="On every device that has it. Nothing stays longer than two years."
        />
        <SaveRow action="Save" outcome={outcome}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
