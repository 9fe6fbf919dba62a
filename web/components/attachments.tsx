/**
 * The files of a message: pictures small and linked, sound and film in place, texts to look at, everything else by name and size;
 * those that are on the way with how far they are (05 section 10.7, F-3 to F-5).
 */
import { useState } from 'preact/hooks';
import type { Attachment } from '../state/attachments.ts';
import {
  isPicture,
  isReadable,
  playedAs,
  shownSize,
  transferWords,
  transfers,
} from '../state/attachments.ts';
import { isPeerReached, peerName } from '../state/mesh.ts';
import { fetchAgain } from '../state/message-actions.ts';
import { sizeWords } from '../state/numbers.ts';
import { Button } from './button.tsx';
import { FilePreview } from './file-preview.tsx';
import { FileIcon } from './icons.tsx';
import { Lightbox } from './lightbox.tsx';
import { Name } from './parts.tsx';
import { ServingLines } from './serving-lines.tsx';
import { useStillPicture } from './still-picture.ts';

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
            {file.id === null ? null : <ServingLines fileId={file.id} fileName={file.name} />}
          </li>
        ))}
      </ul>
      {shown === null ? null : <Lightbox pictures={pictures} first={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function AttachedFile({ file, enlarge }: { file: Attachment; enlarge: () => void }) {
  const [reading, setReading] = useState(false);
  if (file.id === null) return <Coming file={file} />;
  const address = `/files/${encodeURIComponent(file.id)}`;
  if (isPicture(file)) return <AttachedPicture file={file} address={address} enlarge={enlarge} />;
  const played = playedAs(file);
  return (
    <>
      {played === 'audio' ? (
        <audio class="file-played" src={address} controls preload="none" aria-label={file.name} />
      ) : played === 'video' ? (
        <video class="file-played" src={address} controls preload="none" aria-label={file.name} />
      ) : null}
      <span class="file-line">
        <a class="file-card" href={address} download={file.name}>
          <FileIcon />
          <FileWords file={file} />
        </a>
        {isReadable(file, navigator.pdfViewerEnabled) ? (
          <Button onClick={() => setReading(true)}>
            Preview<span class="visually-hidden"> {file.name}</span>
          </Button>
        ) : null}
      </span>
      {reading ? <FilePreview file={file} onClose={() => setReading(false)} /> : null}
    </>
  );
}

interface AttachedPictureProps {
  file: Attachment;
  address: string;
  enlarge: () => void;
}

/** Small, in room of its size; a press shows it large. */
function AttachedPicture({ file, address, enlarge }: AttachedPictureProps) {
  const { src, toggle, does } = useStillPicture(`${address}/thumb`, file.type);
  return (
    <>
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
        <img
          src={src}
          alt={file.alt === '' ? file.name : file.alt}
          {...(file.dimensions === null ? {} : shownSize(file.dimensions))}
          loading="lazy"
          decoding="async"
        />
      </a>
      {toggle === null ? null : (
        <Button onClick={toggle}>
          {does}
          <span class="visually-hidden"> {file.name}</span>
        </Button>
      )}
    </>
  );
}

/** A file that is not here: how far it is, and where it is to come from. */
function Coming({ file }: { file: Attachment }) {
  const { origin, source } = file;
  const transfer = origin === null ? undefined : transfers.value.get(origin);
  const name = source === null ? 'its device' : peerName(source);
  const reachable = source !== null && isPeerReached(source);
  return (
    <span class="file-card waiting">
      <FileIcon />
      <FileWords file={file} />
      <span class="quiet-text">
        <Name>
          {origin === null
            ? 'Not available'
            : transferWords(transfer, { source: name, reachable, now: Date.now() })}
        </Name>
      </span>
      {transfer?.state === 'running' && transfer.total !== null ? (
        <progress max={transfer.total} value={transfer.done} aria-label={`Fetching ${file.name}`} />
      ) : null}
      {transfer?.state === 'failed' && origin !== null && source !== null && reachable ? (
        <Button onClick={() => fetchAgain(source, origin)}>Retry</Button>
      ) : null}
    </span>
  );
}

function FileWords({ file }: { file: Attachment }) {
  return (
    <>
      <Name>{file.name}</Name>
      {file.size > 0 ? <span class="quiet-text">{sizeWords(file.size)}</span> : null}
      {file.id === null && file.dimensions !== null ? (
        <span class="quiet-text">{`${file.dimensions.width} × ${file.dimensions.height}`}</span>
      ) : null}
    </>
  );
}
