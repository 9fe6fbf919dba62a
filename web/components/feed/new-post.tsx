/**
 * Writing a post (05 section 10.15, K-5): one line until it has the focus; who will see it stands in the button. Enter
 * breaks the line, Ctrl+Enter posts: a post is not taken back as easily as a message.
 */
import { useRef, useState } from 'preact/hooks';
import { draftOf, setDraft } from '../../state/drafts.ts';
import { VISIBILITIES, visibilityName, writePost } from '../../state/feed.ts';
import { pollText } from '../../state/poll.ts';
import { addedFiles } from '../../state/sending.ts';
import { refsOf, type AddedFile } from '../../state/uploads.ts';
import { browserStore } from '../../state/storage.ts';
import { AddedFilesTray } from '../added-files.tsx';
import { AttachFiles } from '../attach-files.tsx';
import { Button } from '../button.tsx';
import { ChoosePeople } from '../choose-people.tsx';
import { useCompletions } from '../completions.tsx';
import { useDroppedFiles } from '../drop-files.ts';
import { EmojiPicker } from '../emoji-picker.tsx';
import { Field, Select } from '../field.tsx';

const DRAFT = 'feed';
/** The node's limit for a post (04 section 3.10). */
const MAX_LENGTH = 5_000;
/** What was chosen last is chosen again. */
const CHOICE = 'post-visibility';

export function NewPost() {
  const form = useRef<HTMLFormElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const text = draftOf(DRAFT);
  const files = addedFiles.of(DRAFT);
  const [focused, setFocused] = useState(false);
  const [visibility, setVisibility] = useState(() => {
    const stored = browserStore.read(CHOICE);
    return VISIBILITIES.find(([key]) => key === stored)?.[0] ?? 'private';
  });
  const [people, setPeople] = useState<ReadonlySet<string>>(new Set());
  const [polling, setPolling] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const completions = useCompletions('new-post', area, (next) => setDraft(DRAFT, next));
  const add = (list: readonly File[]): void => setError(addedFiles.add(DRAFT, list));
  useDroppedFiles(form, true, add);

  const open = focused || text !== '' || files.length > 0;
  const ready =
    (text.trim() !== '' || files.length > 0) &&
    files.every((file) => file.state === 'done') &&
    (visibility !== 'custom' || people.size > 0);
  const post = async (): Promise<void> => {
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    try {
      await writePost({ content: text.trim(), visibility, people: [...people], files: refsOf(files) });
      setDraft(DRAFT, '');
      addedFiles.take(DRAFT);
      setPeople(new Set());
      setFocused(false);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'It could not be posted.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label="New post">
      <form
        ref={form}
        class="new-post"
        onSubmit={(event) => {
          event.preventDefault();
          void post();
        }}
      >
        <AddedFilesTray draftKey={DRAFT} files={files} />
        <textarea
          ref={area}
          class="input"
          rows={open ? 4 : 1}
          value={text}
          maxLength={MAX_LENGTH}
          aria-label="Post"
          placeholder="Write a post"
          dir="auto"
          {...completions.aria}
          onFocus={() => setFocused(true)}
          onBlur={completions.close}
          onInput={(event) => {
            setDraft(DRAFT, event.currentTarget.value);
            completions.look(event.currentTarget);
          }}
          onKeyDown={(event) => {
            if (completions.keyDown(event)) return;
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            void post();
          }}
          onPaste={(event) => {
            const pasted = [...(event.clipboardData?.files ?? [])];
            if (pasted.length === 0) return;
            event.preventDefault();
            add(pasted);
          }}
        />
        {completions.list}
        {open ? (
          <>
            {polling ? (
              <NewPoll
                onAdd={(block) => {
                  setDraft(DRAFT, text === '' ? block : `${text}\n\n${block}`);
                  setPolling(false);
                  area.current?.focus();
                }}
                onCancel={() => setPolling(false)}
              />
            ) : null}
            <Select
              label="Who sees it"
              value={visibility}
              options={VISIBILITIES.map(([key, words]) => [key, words] as const)}
              onChange={(wanted) => {
                setVisibility(wanted);
                browserStore.write(CHOICE, wanted);
              }}
              hint={VISIBILITIES.find(([key]) => key === visibility)?.[2]}
            />
            {visibility === 'custom' ? (
              <ChoosePeople legend="Who sees it besides you" chosen={people} onChange={setPeople} />
            ) : null}
            {error === null ? null : (
              <p class="note error" role="alert">
                {error}
              </p>
            )}
            <div class="row-actions">
              <Button
                type="submit"
                kind="primary"
                disabledBecause={ready ? null : whyNot(text, files)}
                busy={busy}
              >
                Post: {visibilityName(visibility)}
              </Button>
              <AttachFiles picker={picker} add={add} />
              <EmojiPicker
                id="new-post"
                pick={(emoji) => {
                  setDraft(DRAFT, text + emoji);
                  area.current?.focus();
                }}
              />
              {polling || text.includes('[poll]') ? null : (
                <Button onClick={() => setPolling(true)}>Add poll</Button>
              )}
              {text === '' && files.length === 0 ? (
                <Button onClick={() => setFocused(false)}>Cancel</Button>
              ) : null}
            </div>
          </>
        ) : null}
      </form>
    </section>
  );
}

/** Why it cannot be posted yet. */
function whyNot(text: string, files: readonly AddedFile[]): string {
  if (files.some((file) => file.state !== 'done')) return 'Its files are not on this node yet.';
  return text.trim() === '' && files.length === 0 ? 'Write something first.' : 'Choose who sees it first.';
}

/** How long a poll runs. */
const DAYS: readonly (readonly [string, string])[] = [
  ['1', 'One day'],
  ['3', 'Three days'],
  ['7', 'One week'],
  ['30', 'A month'],
];

function NewPoll({ onAdd, onCancel }: { onAdd: (block: string) => void; onCancel: () => void }) {
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState('');
  const [days, setDays] = useState('7');
  const lines = options.split('\n').filter((line) => line.trim() !== '');
  return (
    <fieldset class="choose form">
      <legend>Poll</legend>
      <Field label="Question" value={question} onInput={setQuestion} maxLength={500} />
      <Field label="Choices" value={options} onInput={setOptions} rows={3} hint="One a line, two or more." />
      <Select label="Runs for" value={days} options={DAYS} onChange={setDays} />
      <div class="row-actions">
        <Button
          disabledBecause={
            question.trim() === ''
              ? 'Write a question first.'
              : lines.length < 2
                ? 'Write two choices or more.'
                : null
          }
          onClick={() => onAdd(pollText(question, lines, Number(days)))}
        >
          Put into the post
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </fieldset>
  );
}
