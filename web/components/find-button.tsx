/** In the head of a conversation: opens and closes the search in it. */
import { finding } from '../state/finding.ts';
import { IconButton } from './button.tsx';
import { SearchIcon } from './icons.tsx';

export function FindButton() {
  return (
    <IconButton name="Search in this conversation" onClick={() => void (finding.value = !finding.value)}>
      <SearchIcon />
    </IconButton>
  );
}
