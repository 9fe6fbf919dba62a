/** A new message: to whom, then what (05 sections 10.2 and 10.5, M-12). Nobody is chosen beforehand. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { DirectMessage, Person } from '../api/types.ts';
import { conversationAddress, type ConversationId } from '../state/conversations.ts';
import { reachableCount } from '../state/mesh.ts';
import { correspondents, loadPeople, personName } from '../state/people.ts';
import { takeDirectMessage } from '../state/direct.ts';
import { setDraft } from '../state/drafts.ts';
import { navigate } from '../state/router.ts';
import { addedFiles, sendText } from '../state/sending.ts';
import { api } from '../state/session.ts';
import { broadcastWords, MAX_DIRECT_LENGTH, targetOf } from '../state/conversation-words.ts';
import type { FileRef } from '../state/uploads.ts';
import { ChoosePeople } from './choose-people.tsx';
import { Composer } from './composer.tsx';
import { BackIcon } from './icons.tsx';
import { Link } from './parts.tsx';

const DRAFT = 'new';
const EVERYONE = 'everyone';
const GROUP = 'group';

export function NewMessage() {
  const [to, setTo] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<string | null>(null);
  const select = useRef<HTMLSelectElement>(null);
  const people = correspondents.value;
  useLayoutEffect(() => {
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
    if (to === GROUP) {
      if (chosen.size > 1) void sendToGroup(text, files);
      else setError('Choose at least two people for a group.');
      return false;
    }
    const id: ConversationId = to === EVERYONE ? { kind: 'everyone' } : { kind: 'person', id: to };
    if (to === EVERYONE && files.length > 0) {
      setError('Files go to one person or a channel, not to everyone.');
      return false;
    }
    void sendText(targetOf(id), text, { files });
    navigate(conversationAddress(id), { replace: true });
    return true;
  };

  /** The node gives a group its id with its first message. */
  const sendToGroup = async (text: string, files: readonly FileRef[]): Promise<void> => {
    setError(null);
    try {
      const answer = await api.post<{ message: DirectMessage; group_id: string }>('/api/v1/messages', {
        recipient_ids: [...chosen],
        content: text,
        ...(files.length === 0 ? {} : { attachments: files }),
      });
      setDraft(DRAFT, '');
      addedFiles.take(DRAFT);
      takeDirectMessage(answer.message);
      navigate(conversationAddress({ kind: 'group', id: answer.group_id }), { replace: true });
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The message could not be sent.');
    }
  };

  const note =
    error ??
    (to === EVERYONE
      ? `${broadcastWords(reachableCount.value)}.`
      : to === GROUP
        ? 'All of them see who else is in.'
        : 'A person, a group, or everyone on the connected devices.');
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
            <option value={GROUP}>A group of people…</option>
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
        {to === GROUP ? (
          <ChoosePeople legend="Who is in the group" chosen={chosen} onChange={setChosen} />
        ) : null}
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
