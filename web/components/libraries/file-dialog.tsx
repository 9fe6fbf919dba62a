/** One file of a library: what is known of it, and what can be done with it (07 section 5). */
import { useState } from 'preact/hooks';
import {
  assetAddress,
  deleteHere,
  removeFile,
  restoreHere,
  type LibraryFile,
} from '../../state/libraries.ts';
import type { Library } from '../../state/library-words.ts';
import { peerName, status } from '../../state/mesh.ts';
import { sizeWords } from '../../state/numbers.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Name, Time } from '../parts.tsx';
import { problemText } from '../saving.ts';
import { useStillPicture } from '../still-picture.ts';

interface FileDialogProps {
  library: Library;
  file: LibraryFile;
  name: string;
  onClose: () => void;
}

const SHOWN_IN_FULL = /^image\/(?:png|jpeg|gif|webp|avif)$/u;

export function FileDialog({ library, file, name, onClose }: FileDialogProps) {
  const [asked, setAsked] = useState<'here' | 'all' | null>(null);
  const [error, setError] = useState<string | null>(null);
  const writes = library.state === 'active' && library.mode === 'write';
  const run = async (work: () => Promise<void>, closes: boolean): Promise<void> => {
    try {
      await work();
      if (closes) onClose();
      else setAsked(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  return (
    <Dialog title={name} onClose={onClose} toRead wide={file.here && SHOWN_IN_FULL.test(file.mime_type)}>
      <div class="form">
        {file.here && SHOWN_IN_FULL.test(file.mime_type) ? (
          <FullPicture file={file} alt={file.description ?? name} />
        ) : null}
        <Facts file={file} />
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
        {asked === null ? null : (
          <div class="notice warn" role="status">
            <p>
              {asked === 'here'
                ? 'The file is deleted on this device, and this library does not bring it back. Other members keep it.'
                : 'The file is removed from the library for every member. It stays where somebody added it.'}
            </p>
            <div class="row-actions">
              <Button
                kind="danger"
                autoFocus
                onClick={() =>
                  asked === 'here'
                    ? run(() => deleteHere(file.hash), false)
                    : run(() => removeFile(library.id, file.hash), true)
                }
              >
                {asked === 'here' ? 'Delete here' : 'Remove for everybody'}
              </Button>
              <Button onClick={() => setAsked(null)}>Cancel</Button>
            </div>
          </div>
        )}
        <div class="row-actions">
          {file.here ? (
            <a class="button plain" href={assetAddress(file.hash)} download={name}>
              Download
            </a>
          ) : null}
          {file.hidden ? (
            <Button onClick={() => run(() => restoreHere(file.hash), false)}>Get it back</Button>
          ) : null}
          {file.here && asked === null ? (
            <Button onClick={() => setAsked('here')}>Delete here…</Button>
          ) : null}
          {writes && asked === null ? (
            <Button kind="danger" onClick={() => setAsked('all')}>
              Remove from library…
            </Button>
          ) : null}
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}

function FullPicture({ file, alt }: { file: LibraryFile; alt: string }) {
  const { src, toggle, does } = useStillPicture(assetAddress(file.hash), file.mime_type);
  return (
    <>
      <div class="lightbox-frame">
        <img src={src} alt={alt} />
      </div>
      {toggle === null ? null : (
        <div class="row-actions">
          <Button onClick={toggle}>{does}</Button>
        </div>
      )}
    </>
  );
}

function Facts({ file }: { file: LibraryFile }) {
  return (
    <dl class="facts">
      <dt>Size</dt>
      <dd>{sizeWords(file.size)}</dd>
      <dt>Type</dt>
      <dd>{file.mime_type}</dd>
      <dt>Added</dt>
      <dd>
        <Time at={file.timestamp} />, by{' '}
        <Name>{file.author === status.value?.peer_id ? 'this device' : peerName(file.author)}</Name>
      </dd>
      {file.description === null ? null : (
        <>
          <dt>Description</dt>
          <dd>
            <Name>{file.description}</Name>
          </dd>
        </>
      )}
      {file.tags.length === 0 ? null : (
        <>
          <dt>Tags</dt>
          <dd>
            <Name>{file.tags.join(', ')}</Name>
          </dd>
        </>
      )}
      {file.application === null ? null : (
        <>
          <dt>Application</dt>
          <dd>
            <Name>{file.application}</Name>
          </dd>
        </>
      )}
      {file.user === null ? null : (
        <>
          <dt>Person</dt>
          <dd>
            <Name>{file.user}</Name>
          </dd>
        </>
      )}
      <dt>SHA-256</dt>
      <dd>
        <code>{file.hash}</code>
      </dd>
    </dl>
  );
}
