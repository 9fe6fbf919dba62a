/** That something is kept, and what (05 section 10.15, K-2). Whoever saves says it to screen readers. */
import { CheckIcon } from './icons.tsx';
import type { Outcome } from './saving.ts';

export function SavedMark({ outcome }: { outcome: Outcome }) {
  if (outcome.kind !== 'saved') return null;
  return (
    <span class="saved">
      <CheckIcon />
      {outcome.text}
    </span>
  );
}
