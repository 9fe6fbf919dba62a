/** A pane beside a conversation, over it where there is little room (05 section 11.2). */
import type { ComponentChildren } from 'preact';
import { IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';

interface SidePaneProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function SidePane({ title, onClose, children }: SidePaneProps) {
  return (
    <aside
      class="side-pane"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <header class="list-head">
        <h2>{title}</h2>
        <IconButton name="Close" onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      {children}
    </aside>
  );
}
