/**
 * Notifications of the browser (05 section 10.9, U-4): only after the person turned them on, of what came since the page was
 * opened, and not of what is on the screen. What is new is found by pure functions; showing is the last step.
 */
import { computed, effect } from '@preact/signals';
import { calls, loadCalls } from './attention.ts';
import { chime } from './chime.ts';
import { channels, GENERAL, openChannel } from './channel.ts';
import { choiceOf } from './choices.ts';
import { coalesced } from './coalesce.ts';
import { directMessageAddress } from './conversations.ts';
import { conversationName } from './conversation-words.ts';
import { conversations, openConversation } from './direct.ts';
import { conversationKey } from './conversations.ts';
import { countOnBadge, keepShell, passNotice } from './installed.ts';
import { counted } from './numbers.ts';
import { lineOf, personName } from './people.ts';
import { isQuietNow, withSound } from './quiet.ts';
import { location, navigate } from './router.ts';
import { me } from './session.ts';
import { storedFlag } from './stored-flag.ts';
import { parseTime } from './time.ts';
import type { CallLevel } from './unread-marks.ts';

/** Turned on by the person; the browser asks besides. */
export const systemNotices = storedFlag('system-notices', false);
/** Who and where, but not what. */
export const hideTexts = storedFlag('hide-texts', false);

/** One conversation or call with something unread. */
export interface Waiting {
  /** Never told twice. */
  key: string;
  /** The conversation it is in, as choices name it. */
  conversation: string;
  kind: 'call' | 'direct' | 'channel';
  /** Unix ms of its newest message. */
  at: number;
  unread: number;
  title: string;
  text: string;
  address: string;
}

/** What to tell: what grew since `before`, that is newer than the page and that nobody is looking at. */
export function newSince(
  before: readonly Waiting[],
  after: readonly Waiting[],
  context: { since: number; levelOf: (conversation: string) => CallLevel; shown: string | null },
): Waiting[] {
  const known = new Map(before.map((one) => [one.key, one]));
  const grown = after.filter(({ key, unread, at }) => {
    const last = known.get(key) ?? { unread: 0, at: 0 };
    // As many unread as before may be others: what was is read meanwhile.
    return unread > 0 && (unread > last.unread || at > last.at) && at > context.since;
  });
  const calling = after.filter(({ kind }) => kind === 'call');
  return grown.filter(({ kind, conversation, at }) => {
    if (conversation === context.shown) return false;
    const level = context.levelOf(conversation);
    if (kind === 'call') return level !== 'nothing';
    // The call says it already, or has said it: the two lists are read apart.
    const says = (call: Waiting): boolean =>
      call.conversation === conversation && (call.at >= at || grown.includes(call));
    return level === 'all' && !calling.some(says);
  });
}

const waiting = computed((): Waiting[] => [
  ...calls.value
    .filter((call) => call.unread)
    .map((call): Waiting => ({
      key: `call:${call.key}`,
      conversation: call.channelId === null ? 'feed' : `channel:${call.channelId}`,
      kind: 'call',
      at: call.at,
      unread: 1,
      title: `${call.authorId === null ? 'Somebody' : personName(call.authorId)} calls you`,
      text: lineOf(call.text),
      address: call.address,
    })),
  ...conversations.value.map(({ id, key, members, last, at, unread }): Waiting => ({
    key,
    conversation: key,
    kind: 'direct',
    at,
    unread,
    title: conversationName(id, members),
    text: lineOf(last.content),
    address: directMessageAddress(id, last.id),
  })),
  ...channels.value.map(({ id, name, unread_count: unread, last_message_at: last }): Waiting => ({
    key: `channel:${id}`,
    conversation: `channel:${id}`,
    kind: 'channel',
    at: parseTime(last) ?? 0,
    unread,
    title: `#${name}`,
    text: counted(unread, 'new message', 'new messages'),
    address: id === GENERAL ? '/channels' : `/channels?channel=${encodeURIComponent(id)}`,
  })),
]);

/** The conversation somebody is looking at now; null when nobody does. */
function shownNow(): string | null {
  if (document.visibilityState !== 'visible' || !document.hasFocus()) return null;
  const { path } = location.value;
  if (path === '/channels') return `channel:${openChannel.value}`;
  if (path !== '/messages' || openConversation.value === null) return null;
  return conversationKey(openConversation.value);
}

/** What the browser says about it. */
export function permission(): NotificationPermission | 'absent' {
  // Absent where the page came without encryption from another machine.
  return 'Notification' in window && window.isSecureContext ? Notification.permission : 'absent';
}

/** Asks the browser. @returns whether notifications can be shown now. */
export async function askPermission(): Promise<boolean> {
  return permission() !== 'absent' && (await Notification.requestPermission()) === 'granted';
}

/** How many notices of one conversation have an order within a millisecond. */
const MARKS_PER_MS = 1_000;

/** A notice of this tab is on the screen. */
function shown(): void {
  // Also what was on its way through the worker when the quiet began.
  if (withSound.value && !isQuietNow()) chime();
}

function show({ key, conversation, title, text, address, at, unread }: Waiting): void {
  const body = hideTexts.value ? 'New message' : text;
  const tag = `${me.value?.id ?? ''} ${key}`;
  const mark = at * MARKS_PER_MS + Math.min(unread, MARKS_PER_MS - 1);
  if (passNotice({ kind: 'notice', tag, mark, title, body, place: conversation, address })) return;
  // The worker is not there yet, or not allowed.
  const notice = new Notification(title, { body, tag });
  shown();
  notice.addEventListener('click', () => {
    window.focus();
    navigate(address);
    notice.close();
  });
}

/** Tells of what comes from now on. Called once. */
export function tellOfNews(): void {
  keepShell({ shown, looksAt: (place) => shownNow() === place });
  countOnBadge(
    computed(() => waiting.value.reduce((sum, one) => sum + (one.kind === 'channel' ? 0 : one.unread), 0)),
  );
  // The node knows times by the second.
  const since = Math.floor(Date.now() / 1_000) * 1_000 - 1;
  let before: readonly Waiting[] = [];
  const news = (): Waiting[] => {
    if (!systemNotices.value || isQuietNow() || me.value === null || permission() !== 'granted') return [];
    return newSince(before, waiting.value, {
      since,
      levelOf: (key) => choiceOf(key).level,
      shown: shownNow(),
    });
  };
  const tell = coalesced(async () => {
    // A message and its call are read apart; whichever comes first, they are told of once.
    if (news().some(({ kind }) => kind === 'channel')) await loadCalls().catch(() => undefined);
    const found = news();
    before = waiting.value;
    for (const one of found) show(one);
  });
  effect(() => {
    // Told after it has settled: whoever is waited for here changes the list itself.
    if (waiting.value !== before) void tell();
  });
}
