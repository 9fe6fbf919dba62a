/** `/setup`: the first account, and the invite that connects (05 section 10.3, S-2, S-3). */
import { useState } from 'preact/hooks';
import { AccountForm } from '../components/account-form.tsx';
import { Field } from '../components/field.tsx';
import { Gate } from '../components/gate.tsx';
import { describeInvite, readInvite } from '../state/invite.ts';
import { startImport } from '../state/import.ts';
import { setUp, type AccountForm as Account } from '../state/session.ts';

const NOBODY: ReadonlySet<string> = new Set();

export function SetupPage() {
  const [invite, setInvite] = useState('');
  const reading = readInvite(invite);
  const words = describeInvite(reading, { ownPeerId: null, connected: NOBODY, known: NOBODY });
  const usable = reading.state === 'empty' || words.usable;

  const submit = async (account: Account): Promise<void> => {
    await setUp(account);
    // Dialled from the first page, where its result is shown.
    if (reading.state === 'invite') void startImport(reading);
  };

  return (
    <Gate title="Welcome to Canopy">
      <p>This account is for this node only. You are its owner.</p>
      <AccountForm
        action="Complete setup"
        submit={submit}
        ready={usable}
        more={
          <Field
            label="Invite code (optional)"
            value={invite}
            onInput={setInvite}
            rows={3}
            code
            hint={words.text}
            error={words.tone === 'error' ? words.text : null}
          />
        }
      />
    </Gate>
  );
}
