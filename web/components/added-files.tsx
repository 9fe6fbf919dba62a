/** Files beside the text that is being written: picture or sign, name, how far they are, and a way out (05 10.7, F-2). */
import type { AddedFile } from '../state/uploads.ts';
import { sizeWords } from '../state/uploads.ts';
import { Button } from './button.tsx';
import { FileIcon } from './icons.tsx';
import { Name } from './parts.tsx';

interface AddedFilesProps {
  files: readonly AddedFile[];
  remove: (localId: string) => void;
  retry: (localId: string) => void;
}

export function AddedFilesTray({ files, remove, retry }: AddedFilesProps) {
  if (files.length === 0) return null;
  return (
    <ul class="added-files" aria-label="Files to send">
      {files.map((file) => (
        <li key={file.localId} class={file.state === 'failed' ? 'added-file failed' : 'added-file'}>
          {file.preview === null ? <FileIcon /> : <img src={file.preview} alt="" />}
          <span class="added-words">
            <Name>{file.name}</Name>
            <FileState file={file} />
          </span>
          {file.state === 'failed' ? <Button onClick={() => retry(file.localId)}>Retry</Button> : null}
          <Button onClick={() => remove(file.localId)}>
            {file.state === 'uploading' ? 'Cancel' : 'Remove'}
            <span class="visually-hidden"> {file.name}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

function FileState({ file }: { file: AddedFile }) {
  if (file.state === 'failed') return <span class="error">{file.reason}</span>;
  if (file.state === 'done') return <span class="quiet-text">{sizeWords(file.size)}</span>;
  return (
    <progress max={file.size} value={file.loaded} aria-label={`Uploading ${file.name}`}>
      {sizeWords(file.loaded)} of {sizeWords(file.size)}
    </progress>
  );
}
