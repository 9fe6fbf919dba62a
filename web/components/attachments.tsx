/** The files of a message: pictures small and linked, everything else by name and size (05 section 10.7, F-3 to F-5). */
import type { Attachment } from '../state/attachments.ts';
import { isPicture, transferWords, transfers } from '../state/attachments.ts';
import { sizeWords } from '../state/uploads.ts';
import { FileIcon } from './icons.tsx';
import { Name } from './parts.tsx';

export function Attachments({ files }: { files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Files">
      {files.map((file, index) => (
        <li key={file.id ?? file.origin ?? index}>
          <AttachedFile file={file} />
        </li>
      ))}
    </ul>
  );
}

function AttachedFile({ file }: { file: Attachment }) {
  if (file.id === null) {
    const transfer = file.origin === null ? undefined : transfers.value.get(file.origin);
    return (
      <span class="file-card waiting">
        <FileIcon />
        <FileWords file={file} />
        <span class="quiet-text">{file.origin === null ? 'Not available' : transferWords(transfer)}</span>
        {transfer?.state === 'running' && transfer.total !== null ? (
          <progress max={transfer.total} value={transfer.done} aria-label={`Fetching ${file.name}`} />
        ) : null}
      </span>
    );
  }
  const address = `/files/${encodeURIComponent(file.id)}`;
  if (isPicture(file))
    return (
      <a class="file-picture" href={address} target="_blank" rel="noreferrer">
        <img src={`${address}/thumb`} alt={file.name} loading="lazy" decoding="async" />
      </a>
    );
  return (
    <a class="file-card" href={address} download={file.name}>
      <FileIcon />
      <FileWords file={file} />
    </a>
  );
}

function FileWords({ file }: { file: Attachment }) {
  return (
    <>
      <Name>{file.name}</Name>
      {file.size > 0 ? <span class="quiet-text">{sizeWords(file.size)}</span> : null}
    </>
  );
}
