/** The switcher (05 section 10.10): type a few letters, Enter goes there. And the table of keys. */
import { Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { channelAddress } from '../state/channel-address.ts';
import { channels, GENERAL, type Channel } from '../state/channel.ts';
import {
  conversationAddress,
  conversationKey,
  conversationOf,
  type Conversation,
} from '../state/conversations.ts';
import { conversationName } from '../state/conversation-words.ts';
import { conversations } from '../state/direct.ts';
import { shownChannels, shownConversations } from '../state/list-order.ts';
import { ranked } from '../state/mentions.ts';
import { editing } from '../state/message-actions.ts';
import { speak } from '../state/notices.ts';
import { finding } from '../state/finding.ts';
import { correspondents, personName } from '../state/people.ts';
import { markChannelRead, markConversationRead } from '../state/reading.ts';
import { location, navigate } from '../state/router.ts';
import { me } from '../state/session.ts';
import { enterSends } from '../state/composing.ts';
import { keyTable, neighbour, pageKey } from '../state/shortcuts.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { focusRegion } from './keyboard-regions.ts';
import { PLACES } from './navigation.tsx';
import { Name } from './parts.tsx';
import { stopReplyHere } from './thread-pane.tsx';

const open = signal<'switch' | 'help' | null>(null);
/** As many as fit a small screen. */
const SHOWN = 8;

interface Target {
  address: string;
  name: string;
  hint: string;
  unread: number;
}

function channelTarget({ id, name, unread_count: unread }: Channel): Target {
  return { address: channelAddress(id), name: `#${name}`, hint: 'Channel', unread };
}

function conversationTarget({ id, members, unread }: Conversation): Target {
  return { address: conversationAddress(id), name: conversationName(id, members), hint: 'Messages', unread };
}

function everything(): Target[] {
  const people = correspondents.value.map(({ user_id: id }) => ({
    address: conversationAddress({ kind: 'person', id }),
    name: personName(id),
    hint: 'Person',
    unread: 0,
  }));
  const pages = PLACES.value.map(({ path, name }) => ({ address: path, name, hint: 'Page', unread: 0 }));
  const seen = new Set<string>();
  const all = [
    ...channels.value.map(channelTarget),
    ...conversations.value.map(conversationTarget),
    ...people,
    ...pages,
  ];
  return all.filter(({ address, hint }) => {
    const key = hint === 'Page' ? `page ${address}` : address;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Opens the table of keys, for whoever has switched off the key for it. */
export function showKeys(): void {
  open.value = 'help';
}

/** The layer on top, whose own keys come first. */
const LAYERS = 'dialog[open], :popover-open';

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || me.value === null) return;
  const target = event.target;
  const typing =
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
  if (event.key === 'Escape') {
    // An input method has its own use for it, and so has any other field.
    if (event.isComposing || (typing && target.id !== 'composer')) return;
    if (document.querySelector(LAYERS) === null) leave();
    return;
  }
  const wanted = pageKey(event, typing);
  if (wanted === 'find' && !inConversation()) return;
  // An open dialog keeps what it asks.
  if (wanted === null || (document.querySelector('dialog[open]') !== null && open.value === null)) return;
  event.preventDefault();
  if (typeof wanted === 'object' && 'region' in wanted) focusRegion(wanted.region);
  else if (typeof wanted === 'object') toNeighbour(wanted);
  else if (wanted === 'switch' || wanted === 'help') open.value = open.value === wanted ? null : wanted;
  else if (wanted === 'attach') attach();
  else if (wanted === 'find') find();
  else {
    open.value = null;
    navigate(wanted === 'search' ? '/search' : '/settings');
  }
}

/** A channel or a conversation of Messages is on the screen. */
function inConversation(): boolean {
  const { path, query } = location.value;
  return path === '/channels' || (path === '/messages' && conversationOf(query) !== null);
}

/** To where one writes; there it ends a reply or a change, and else all of the conversation counts as read. */
function leave(): void {
  if (!inConversation()) return;
  document.querySelector<HTMLElement>('#composer')?.focus();
  if (stopReplyHere()) return;
  if (editing.value !== null) {
    editing.value = null;
    return;
  }
  void (location.value.path === '/channels' ? markChannelRead() : markConversationRead()).catch(
    () => undefined,
  );
}

/** The search stands where a thread may be open. */
function find(): void {
  finding.value = true;
  const { path, query } = location.value;
  if (!query.has('thread')) return;
  const open = conversationOf(query);
  if (path === '/channels') navigate(channelAddress(query.get('channel') ?? GENERAL));
  else if (open !== null) navigate(conversationAddress(open));
}

/** To what is written now: a thread has a composer of its own. The field of the browser opens only as if its button were pressed. */
function attach(): void {
  const around = document.activeElement?.closest('.composer, aside:has(.composer)') ?? document;
  around.querySelector<HTMLElement>('[aria-label="Attach files"]')?.click();
}

/** In the order of the list beside the conversation. */
function toNeighbour(wanted: { step: 1 | -1; unread: boolean }): void {
  const { path, query } = location.value;
  if (path === '/messages') {
    const open = conversationOf(query);
    const key = open === null ? null : conversationKey(open);
    const next = neighbour(shownConversations(key), wanted);
    if (next !== null) navigate(conversationAddress(next.id));
  } else {
    const id = path === '/channels' ? (query.get('channel') ?? GENERAL) : null;
    const next = neighbour(shownChannels(id), wanted);
    if (next !== null) navigate(channelAddress(next.channel.id));
  }
}

/** On every page of somebody who is signed in. */
export function Switcher() {
  useEffect(() => {
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  if (open.value === null) return null;
  return open.value === 'help' ? <KeyTable /> : <Switch />;
}

function close(): void {
  open.value = null;
}

function Switch() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const all = everything();
  const found = (
    text.trim() === '' ? all : ranked(all, text.trim(), ({ name }) => [name, name.replace('#', '')])
  ).slice(0, SHOWN);
  const chosen = found[Math.min(at, found.length - 1)];
  useEffect(() => {
    if (chosen !== undefined) speak(`${chosen.name}, ${chosen.hint}`);
  }, [chosen?.address]);
  const go = (target: Target | undefined): void => {
    if (target === undefined) return;
    close();
    navigate(target.address);
  };
  return (
    <Dialog title="Go to" onClose={close}>
      <input
        type="text"
        role="combobox"
        class="input"
        aria-label="Channel, person or page"
        aria-expanded="true"
        aria-controls="switch-choices"
        aria-autocomplete="list"
        aria-activedescendant={chosen === undefined ? undefined : `switch-${found.indexOf(chosen)}`}
        value={text}
        dir="auto"
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
          const step = steps[event.key];
          if (step !== undefined && found.length > 0) setAt((at + step + found.length) % found.length);
          else if (event.key === 'Enter' && !event.isComposing) go(chosen);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="switch-choices" class="switch-choices" role="listbox" aria-label="Places">
        {found.map((target, index) => (
          <li
            key={target.address + target.hint}
            id={`switch-${index}`}
            class="choice"
            role="option"
            aria-selected={target === chosen}
            onClick={() => go(target)}
          >
            <span class="grow">
              <Name>{target.name}</Name>
            </span>
            <span class="quiet-text">{target.unread > 0 ? `${target.unread} unread` : target.hint}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="quiet-text">Nothing is called so.</p> : null}
    </Dialog>
  );
}

function KeyTable() {
  return (
    <Dialog title="Keys" onClose={close} toRead>
      {keyTable({ enterSends: enterSends.value, mac: /Mac|iPhone|iPad/u.test(navigator.userAgent) }).map(
        ({ title, rows }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <dl class="facts keys">
              {rows.map(([keys, does]) => (
                <Fragment key={keys}>
                  <dt>{keys}</dt>
                  <dd>{does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ),
      )}
      <div class="row-actions">
        <Button onClick={close}>Close</Button>
      </div>
    </Dialog>
  );
}
