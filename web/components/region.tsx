/** One region of a page: a heading and what stands below it (05 section 10.2). */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface RegionProps {
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
  class?: string;
}

export function Region({ title, children, action, class: className }: RegionProps) {
  const id = useId();
  return (
    <section class={`region ${className ?? ''}`.trim()} aria-labelledby={id}>
      <header class="region-head">
        <h2 id={id}>{title}</h2>
        {action}
      </header>
      {children}
    </section>
  );
}
