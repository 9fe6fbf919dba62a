/** Progress with its words (05 section 11.5). */
import { percent, progressText, type Progress } from '../state/catching-up.ts';

export function ProgressLine({ name, progress }: { name: string; progress: Progress }) {
  return (
    <p class="progress-line quiet-text">
      <progress max={100} value={percent(progress)} aria-label={name} />
      <span>{`Catching up: ${progressText(progress)}`}</span>
    </p>
  );
}
