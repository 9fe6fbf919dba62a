/** Saving a form: busy while it runs, `Saved` afterwards, and the node's sentence when it refuses (05 section 10.15, K-2). */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { speak } from '../state/notices.ts';

/** What came of the last attempt; `field` names the input the node complains about. */
export type Outcome =
  | { kind: 'none' | 'busy' }
  | { kind: 'saved'; text: string }
  | { kind: 'refused'; text: string; code: string; field: string | null; violations: readonly string[] };

/** State of one form, and the way to run its saving. */
export interface Saving {
  outcome: Outcome;
  /** Runs `work`; resolves to whether it went well. `done` is what is shown and said then. */
  run(work: () => Promise<void>, done?: string): Promise<boolean>;
  /** Shows a problem that was found before asking the node. */
  refuse(text: string, field: string): void;
  /** Forgets the last outcome, because somebody types again. */
  clear(): void;
}

export function useSaving(): Saving {
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  return {
    outcome,
    run: async (work, done = 'Saved') => {
      setOutcome({ kind: 'busy' });
      try {
        await work();
        setOutcome({ kind: 'saved', text: done });
        speak(done);
        return true;
      } catch (cause) {
        setOutcome(refusal(cause));
        return false;
      }
    },
    refuse: (text, field) => setOutcome({ kind: 'refused', text, code: '', field, violations: [] }),
    clear: () => setOutcome((last) => (last.kind === 'busy' ? last : { kind: 'none' })),
  };
}

function refusal(cause: unknown): Outcome {
  if (!(cause instanceof ApiError)) {
    return { kind: 'refused', text: 'That did not work. Try again.', code: '', field: null, violations: [] };
  }
  const { field, violations } = cause.body;
  return {
    kind: 'refused',
    text: cause.message,
    code: cause.code,
    field: typeof field === 'string' ? field : null,
    violations: Array.isArray(violations) ? violations.filter((item) => typeof item === 'string') : [],
  };
}

/** The refusal that belongs to one input, or null. */
export function problemOf(outcome: Outcome, field: string): string | null {
  return outcome.kind === 'refused' && outcome.field === field ? outcome.text : null;
}

/** What to say of a call that did not work. */
export function problemText(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'That did not work.';
}
