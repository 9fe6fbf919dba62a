/** Where a message or channel should be that is not on this node, with the way to where people start. */
import type { ComponentChildren } from 'preact';
import { ChannelsIcon } from './icons.tsx';
import { Empty, Link } from './parts.tsx';

export function NotHere({ children }: { children: ComponentChildren }) {
  return (
    <Empty
      icon={ChannelsIcon}
      action={
        <Link href="/channels" class="button plain">
          Go to #general
        </Link>
      }
    >
      {children}
    </Empty>
  );
}
