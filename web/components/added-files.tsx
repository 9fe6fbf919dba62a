/**
 * Files beside the text that is being written (05 section 10.7, F-1, F-2): picture or sign, name, how far they are, what a
 * picture shows, their order, and a way out.
 */
import { useEffect, useId, useState } from 'preact/hooks';
import { progressWords } from '../state/progress-words.ts';
import { addedFiles } from '../state/sending.ts';
import { sizeWords } from '../state/numbers.ts';
import { MAX_ALT, type AddedFile } from '../state/uploads.ts';
import { Button } from './button.tsx';
import { FileIcon } from './icons.tsx';
import { Name } from './parts.tsx';

interface AddedFilesProps {
  /** The draft they belong to. */
  draftKey: string;
  files: readonly AddedFile[];
}

export function AddedFilesTray({ draftKey, files }: AddedFilesProps) {
  if (files.length === 0) return null;
  return (
    <ul class="added-files" aria-label="Files to send">
      {files.map((file, index) => (
        <li key={file.localId} class={file.state === 'failed' ? 'added-file failed' : 'added-file'}>
          {file.preview === null ? <FileIcon /> : <img src={file.preview} alt="" />}
          <span class="added-words">
            <Name>{file.name}</Name>
            <FileState file={file} />
          </span>
          {file.preview === null ? null : <Description draftKey={draftKey} file={file} />}
          {file.state === 'failed' ? (
            <Button onClick={() => addedFiles.retry(draftKey, file.localId)}>Retry</Button>
          ) : null}
          {index === 0 ? null : (
            <Button onClick={() => addedFiles.moveEarlier(draftKey, file.localId)}>
              Move up<span class="visually-hidden"> {file.name}</span>
            </Button>
          )}
          <Button onClick={() => addedFiles.remove(draftKey, file.localId)}>
            {file.state === 'uploading' || file.state === 'waiting' ? 'Cancel' : 'Remove'}
            <span class="visually-hidden"> {file.name}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** For those who do not see the picture. */
function Description({ draftKey, file }: { draftKey: string; file: AddedFile }) {
  return (
    <input
      type="text"
      class="input"
      aria-label={`Description of ${file.name}`}
      placeholder="Description (optional)"
      maxLength={MAX_ALT}
      dir="auto"
      value={file.alt}
      onInput={(event) => addedFiles.describe(draftKey, file.localId, event.currentTarget.value)}
      // In the form it would send the message.
      onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
    />
  );
}

/** It goes on by itself, and says so. */
function pausedWords({ loaded, size, reason }: AddedFile): string {
  return `Paused at ${sizeWords(loaded)} of ${sizeWords(size)}: ${reason ?? 'this node is not answering.'} It goes on by itself.`;
}

/** How often the remaining time is said anew. */
const TICK_MS = 1_000;

function FileState({ file }: { file: AddedFile }) {
  const id = useId();
  const running = file.state === 'uploading';
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, [running]);
  if (file.state === 'failed') return <span class="error">{file.reason}</span>;
  if (file.state === 'done') return <span class="quiet-text">{sizeWords(file.size)}</span>;
  const { loaded: done, size: total, began } = file;
  return (
    <>
      <progress max={total} value={done} aria-label={`Uploading ${file.name}`} aria-describedby={id} />
      <span id={id} class="quiet-text">
        {running ? progressWords({ done, total, from: 0, elapsed: now - began }) : pausedWords(file)}
      </span>
    </>
  );
}
