/** A choice between yes and no that is kept in this browser at once (05 section 10.15, K-2). */
import { useId } from 'preact/hooks';
import type { StoredFlag } from '../../state/stored-flag.ts';
import { useSaving } from '../saving.ts';
import { keep, Kept } from './kept.tsx';

interface FlagChoiceProps {
  flag: StoredFlag;
  label: string;
  hint: string;
}

export function FlagChoice({ flag, label, hint }: FlagChoiceProps) {
  const id = useId();
  const saving = useSaving();
  return (
    <Kept saving={saving}>
      <label class="check">
        <input
          type="checkbox"
          checked={flag.value}
          aria-describedby={`${id}-note`}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            keep(saving, () => flag.choose(checked));
          }}
        />
        <span>{label}</span>
      </label>
      <p id={`${id}-note`} class="note">
        {hint}
      </p>
    </Kept>
  );
}
