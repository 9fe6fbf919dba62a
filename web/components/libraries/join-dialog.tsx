/** Joining a library by its ticket (07 section 5). */
import { useState } from 'preact/hooks';
import { joinLibrary } from '../../state/libraries.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';

interface JoinDialogProps {
  onJoined: (id: string) => void;
  onClose: () => void;
}

export function JoinDialog({ onJoined, onClose }: JoinDialogProps) {
  const [ticket, setTicket] = useState('');
  const { outcome, run, refuse, clear } = useSaving();
  const join = async (): Promise<void> => {
    // Mail programs break long lines.
    const text = ticket.replace(/\s+/gu, '');
    if (text === '') return refuse('Paste a ticket first.', 'ticket');
    if (text.startsWith('canopy:'))
      return refuse('This is an invite of a device, not a ticket. It belongs on the page Connect.', 'ticket');
    let id = '';
    const work = async (): Promise<void> => {
      id = await joinLibrary(text);
    };
    if (await run(work, 'Joining')) onJoined(id);
  };
  return (
    <Dialog title="Join library" onClose={onClose}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void join();
        }}
      >
        <Field
          label="Ticket"
          value={ticket}
          rows={5}
          code
          onInput={(value) => {
            setTicket(value);
            clear();
          }}
          hint="From the owner of the library. Joining shares this library alone; it opens no conversation."
          error={problemOf(outcome, 'ticket')}
        />
        <SaveRow action="Join" outcome={outcome} fields={['ticket']}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
