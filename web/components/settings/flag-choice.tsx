/** A choice between yes and no that is kept in this browser at once (05 section 10.15, K-2). */
import { useId } from 'preact/hooks';
import type { StoredFlag } from '../../state/stored-flag.ts';

interface FlagChoiceProps {
  flag: StoredFlag;
  label: string;
  hint: string;
}

export function FlagChoice({ flag, label, hint }: FlagChoiceProps) {
  const id = useId();
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          checked={flag.value}
          aria-describedby={`${id}-note`}
          onChange={(event) => flag.choose(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      <p id={`${id}-note`} class="note">
        {hint}
      </p>
    </div>
  );
}
