/** A new message: to whom, then what (05 sections 10.2 and 10.5, M-12). Nobody is chosen beforehand. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Person } from '../api/types.ts';
import { conversationAddress, type ConversationId } from '../state/conversations.ts';
import { reachableCount } from '../state/mesh.ts';
import { correspondents, loadPeople, personName } from '../state/people.ts';
import { navigate } from '../state/router.ts';
import { sendText } from '../state/sending.ts';
import { broadcastWords, MAX_DIRECT_LENGTH, targetOf } from '../state/conversation-words.ts';
import type { FileRef } from '../state/uploads.ts';
import { Composer } from './composer.tsx';
import { BackIcon } from './icons.tsx';
import { Link } from './parts.tsx';

const DRAFT = 'new';
const EVERYONE = 'everyone';

export function NewMessage() {
  const [to, setTo] = useState('');
  const [error, setError] = useState<string | null>(null);
  const select = useRef<HTMLSelectElement>(null);
  const people = correspondents.value;
  useEffect(() => {
    void loadPeople().catch(() => undefined);
    select.current?.focus();
  }, []);
  useEffect(() => {
    // No option is chosen until the person chooses; the first one would be everyone.
    if (to === '' && select.current !== null) select.current.selectedIndex = -1;
  }, [to, people]);

  const send = (text: string, files: readonly FileRef[]): boolean => {
    if (to === '') {
      setError('Choose who gets this message.');
      select.current?.focus();
      return false;
    }
    const id: ConversationId = to === EVERYONE ? { kind: 'everyone' } : { kind: 'person', id: to };
    if (to === EVERYONE && files.length > 0) {
      setError('Files go to one person or a channel, not to everyone.');
      return false;
    }
    void sendText(targetOf(id), text, files);
    navigate(conversationAddress(id), { replace: true });
    return true;
  };

  const note =
    error ??
    (to === EVERYONE
      ? `${broadcastWords(reachableCount.value)}.`
      : 'A person, or everyone on the connected devices.');
  return (
    <section class="conversation" aria-label="New message">
      <header class="conversation-head">
        <Link href="/messages" class="icon-button back" label="Conversations">
          <BackIcon />
        </Link>
        <h1>New message</h1>
      </header>
      <div class="new-message">
        <div class="field">
          <label for="message-to">To</label>
          <select
            id="message-to"
            ref={select}
            class="input"
            value={to}
            aria-invalid={error === null ? undefined : 'true'}
            aria-describedby="message-to-note"
            onChange={(event) => {
              setTo(event.currentTarget.value);
              setError(null);
            }}
          >
            <option value={EVERYONE}>Everyone (broadcast)</option>
            {people.map((person) => (
              <option key={person.user_id} value={person.user_id}>
                {labelOf(person, people)}
              </option>
            ))}
          </select>
          <p id="message-to-note" class={error === null ? 'note' : 'note error'}>
            {note}
          </p>
        </div>
      </div>
      <Composer draftKey={DRAFT} placeholder="Write a message" maxLength={MAX_DIRECT_LENGTH} send={send} />
    </section>
  );
}

/** The name; with the handle where two people go by the same one. */
function labelOf(person: Person, people: readonly Person[]): string {
  const name = personName(person.user_id);
  const alone = people.every((other) => other === person || personName(other.user_id) !== name);
  return alone ? name : `${name} (@${person.username})`;
}
