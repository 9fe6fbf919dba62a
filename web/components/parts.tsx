/** Small shared pieces: links, avatars, times, badges, empty states, notices (05 section 11.5). */
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { navigate } from '../state/router.ts';
import { calmText } from '../state/names.ts';
import { pictureOf } from '../state/people.ts';
import { showPerson } from '../state/person-card.ts';
import type { Reach } from '../state/peers.ts';
import { PROTECTION } from '../state/security.ts';
import { clockText, exactText, relativeText, shortText } from '../state/time.ts';
import { DotIcon, RelayIcon, RingIcon, ClockIcon } from './icons.tsx';

interface LinkProps {
  href: string;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
  label?: string;
  describedBy?: string;
  tabIndex?: number;
}

/** A link inside the page: no document is loaded; new tabs and windows work as ever. */
export function Link({ href, children, class: className, current, label, describedBy, tabIndex }: LinkProps) {
  const click = (event: TargetedMouseEvent<HTMLAnchorElement>): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a
      href={href}
      class={className}
      aria-current={current === true ? 'page' : undefined}
      aria-label={label}
      aria-describedby={describedBy}
      tabIndex={tabIndex}
      onClick={click}
    >
      {children}
    </a>
  );
}

const AVATAR_COLOURS = 8;

interface AvatarProps {
  id: string;
  name: string;
  small?: boolean;
  large?: boolean;
}

/**
 * The picture of a person, or initials on one of eight colours chosen by id. They are painted, not text: the name beside
 * them is.
 */
export function Avatar({ id, name, small, large }: AvatarProps) {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  const words = name
    .replace(/[^\p{L}\p{N}\s]/gu, ' ')
    .trim()
    .split(/\s+/u);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const second = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  const picture = pictureOf(id);
  return (
    <span
      class={`avatar c${hash % AVATAR_COLOURS}${small === true ? ' small' : large === true ? ' large' : ''}`}
      aria-hidden="true"
      data-initials={picture === null ? (first + second).toLocaleUpperCase() : ''}
    >
      {picture === null ? null : <img src={picture} alt="" loading="lazy" />}
    </span>
  );
}

/** How often relative times are written anew. */
const TICK_MS = 30_000;

/** A time: the clock in threads, else relative under a day; exact on hover. */
export function Time({ at, clock, short }: { at: number; clock?: boolean; short?: boolean }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (clock === true) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, [clock]);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactText(at)}>
      {clock === true ? clockText(at) : (short === true ? shortText : relativeText)(at, Math.max(now, at))}
    </time>
  );
}

/** How a peer is reached: words and shape, colour only besides (05 section 10.4, C-5). */
export function ReachBadge({ reach }: { reach: Reach }) {
  switch (reach.kind) {
    case 'direct':
      return (
        <span class="badge ok">
          <DotIcon />
          <span>Direct</span>
        </span>
      );
    case 'via':
      return (
        <span class="badge info">
          <RelayIcon />
          <span>{`Via ${reach.name}`}</span>
        </span>
      );
    case 'connecting':
      return (
        <span class="badge">
          <ClockIcon />
          <span>Connecting</span>
        </span>
      );
    case 'brokering':
      return (
        <span class="badge">
          <ClockIcon />
          <span>{`Asking ${reach.name}`}</span>
        </span>
      );
    case 'offline':
      return (
        <span class="badge">
          <RingIcon />
          <span>Offline</span>
        </span>
      );
  }
}

/** Link security in words (06 section 5). */
export function ProtectionText({ protection }: { protection: keyof typeof PROTECTION | null }) {
  const words = protection === null ? undefined : PROTECTION[protection];
  return words === undefined ? null : <span title={words.title}>{words.text}</span>;
}

interface EmptyProps {
  /** Of a page; a list inside one has none. */
  icon?: () => ComponentChildren;
  children: ComponentChildren;
  action?: ComponentChildren;
}

/** What will be here, and the one action that fills it (05 section 10.3, S-5). */
export function Empty({ icon: EmptyIcon, children, action }: EmptyProps) {
  return (
    <div class="empty">
      {EmptyIcon === undefined ? null : <EmptyIcon />}
      <p>{children}</p>
      {action}
    </div>
  );
}

/** A line above or inside content; never over it. */
export function Notice({
  tone,
  children,
  action,
}: {
  tone: 'info' | 'warn' | 'danger' | 'ok';
  children: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <div class="notice-text">{children}</div>
      {action}
    </div>
  );
}

/** Text of another person: its direction is its own and does not leak. */
export function Name({ children }: { children: string }) {
  return <bdi>{calmText(children)}</bdi>;
}

/** The name of a person; pressing it shows their card. */
export function PersonLink({ id, name, tabIndex }: { id: string; name: string; tabIndex?: number }) {
  return (
    <button type="button" class="person-link" tabIndex={tabIndex} onClick={() => showPerson(id)}>
      <Name>{name}</Name>
    </button>
  );
}
