/** In the head of a conversation: opens and closes the search in it. */
import { finding } from '../state/finding.ts';
import { SearchIcon } from './icons.tsx';

export function FindButton() {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label="Search in this conversation"
      aria-keyshortcuts="/"
      title="Search in this conversation (/)"
      // The keyboard has a key for it; from the start of the page to the composer there are eight Tabs at most.
      tabIndex={-1}
      onClick={() => void (finding.value = !finding.value)}
    >
      <SearchIcon />
    </button>
  );
}
