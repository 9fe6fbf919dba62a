/** The foot of a form: its button, and beside it what came of it. */
import type { ComponentChildren } from 'preact';
import { Button } from './button.tsx';
import { SavedMark } from './saved-mark.tsx';
import type { Outcome } from './saving.ts';

interface SaveRowProps {
  action: string;
  /** What it does cannot be taken back. */
  danger?: boolean;
  outcome: Outcome;
  /** Inputs that show their own refusal. */
  fields?: readonly string[];
  /** What stands beside the button, such as Cancel. */
  children?: ComponentChildren;
}

export function SaveRow({ action, danger, outcome, fields = [], children }: SaveRowProps) {
  const shownAtField = outcome.kind === 'refused' && outcome.field !== null && fields.includes(outcome.field);
  return (
    <div class="row-actions">
      <Button type="submit" kind={danger === true ? 'danger' : 'primary'} busy={outcome.kind === 'busy'}>
        {action}
      </Button>
      {children}
      <SavedMark outcome={outcome} />
      {outcome.kind === 'refused' && !shownAtField ? (
        <p class="note error" role="alert">
          {outcome.text}
        </p>
      ) : null}
    </div>
  );
}
