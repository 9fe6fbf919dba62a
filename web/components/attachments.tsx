/** The files of a message: pictures small and linked, everything else by name and size (05 section 10.7, F-3 to F-5). */
import { useState } from 'preact/hooks';
import type { Attachment } from '../state/attachments.ts';
import { isPicture, playedAs, transferWords, transfers } from '../state/attachments.ts';
import { sizeWords } from '../state/uploads.ts';
import { FileIcon } from './icons.tsx';
import { Lightbox } from './lightbox.tsx';
import { Name } from './parts.tsx';

export function Attachments({ files }: { files: readonly Attachment[] }) {
  const [shown, setShown] = useState<number | null>(null);
  if (files.length === 0) return null;
  const pictures = files.filter(isPicture);
  return (
    <>
      <ul class="attachments" aria-label="Files">
        {files.map((file, index) => (
          <li key={file.id ?? file.origin ?? index}>
            <AttachedFile file={file} enlarge={() => setShown(pictures.indexOf(file))} />
          </li>
        ))}
      </ul>
      {shown === null ? null : <Lightbox pictures={pictures} first={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function AttachedFile({ file, enlarge }: { file: Attachment; enlarge: () => void }) {
  if (file.id === null) return <Coming file={file} />;
  const address = `/files/${encodeURIComponent(file.id)}`;
  if (isPicture(file))
    return (
      <a
        class="file-picture"
        href={address}
        target="_blank"
        rel="noreferrer"
        onClick={(event) => {
          // With a key held it is a link like any other.
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          enlarge();
        }}
      >
        <img src={`${address}/thumb`} alt={file.name} loading="lazy" decoding="async" />
      </a>
    );
  const played = playedAs(file);
  return (
    <>
      {played === 'audio' ? (
        <audio class="file-played" src={address} controls preload="none" aria-label={file.name} />
      ) : played === 'video' ? (
        <video class="file-played" src={address} controls preload="none" aria-label={file.name} />
      ) : null}
      <a class="file-card" href={address} download={file.name}>
        <FileIcon />
        <FileWords file={file} />
      </a>
    </>
  );
}

/** A file that is not here: how far it is. */
function Coming({ file }: { file: Attachment }) {
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

function FileWords({ file }: { file: Attachment }) {
  return (
    <>
      <Name>{file.name}</Name>
      {file.size > 0 ? <span class="quiet-text">{sizeWords(file.size)}</span> : null}
    </>
  );
}
