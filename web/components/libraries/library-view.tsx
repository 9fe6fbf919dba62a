/** One library: how far its content is here, its files, its members, and what its owner or this node can do (07 section 5). */
import { useEffect, useState } from 'preact/hooks';
import { endLibrary, loadOpen, progress, showLibrary } from '../../state/libraries.ts';
import {
  contentWords,
  filterWords,
  roleWords,
  stateWords,
  timeLeft,
  type Library,
} from '../../state/library-words.ts';
import { peerName } from '../../state/mesh.ts';
import { navigate } from '../../state/router.ts';
import { progressWords } from '../../state/progress-words.ts';
import { sizeWords } from '../../state/numbers.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Link, Name, Notice } from '../parts.tsx';
import { Region } from '../region.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemText, useSaving } from '../saving.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { LibraryDialog } from './library-dialog.tsx';
import { LibraryFiles } from './library-files.tsx';
import { Members } from './members.tsx';

/** Transfers shown one by one. */
const TRANSFERS_SHOWN = 5;

export function LibraryView({ library }: { library: Library }) {
  const [dialog, setDialog] = useState<'invite' | 'change' | 'end' | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { id } = library;
  const load = (): Promise<void> =>
    loadOpen().then(
      () => setError(null),
      (cause: unknown) => setError(problemText(cause)),
    );
  useEffect(() => {
    showLibrary(id);
    void load();
    return () => showLibrary(null);
  }, [id]);
  const owns = library.role === 'owner';
  const active = library.state === 'active';
  const standing = stateWords(library, peerName(library.owner));
  const close = (): void => setDialog(null);
  return (
    <>
      <p>
        <Link class="lone" href="/libraries">
          All libraries
        </Link>
      </p>
      <div class="page-head">
        <h1>
          <Name>{library.name}</Name>
        </h1>
        <div class="row-actions">
          {owns && active ? <Button onClick={() => setDialog('change')}>Change…</Button> : null}
          <Button onClick={() => setDialog('end')}>{owns && active ? 'Close…' : 'Leave…'}</Button>
        </div>
      </div>
      <p class="quiet-text facts-line">
        <span>{filterWords(library.filter)}</span>
        <span>{roleWords(library)}</span>
        {owns ? null : (
          <span>
            owned by <Name>{peerName(library.owner)}</Name>
          </span>
        )}
      </p>
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {standing === null ? null : <Notice tone={standing.tone}>{standing.text}</Notice>}
      {library.state === 'joining' || library.state === 'refused' ? null : (
        <>
          <Content library={library} />
          <LibraryFiles library={library} />
          <Members
            library={library}
            action={owns && active ? <Button onClick={() => setDialog('invite')}>Invite…</Button> : null}
          />
        </>
      )}
      {dialog === 'invite' ? <InviteDialog library={library} onClose={close} /> : null}
      {dialog === 'change' ? <LibraryDialog library={library} onMade={close} onClose={close} /> : null}
      {dialog === 'end' ? <EndDialog library={library} onClose={close} /> : null}
    </>
  );
}

/** How far the content is here, and what comes now. */
function Content({ library }: { library: Library }) {
  const now = progress.value;
  const left = now === null ? null : timeLeft(library.pending_bytes, now.bytes_per_second);
  return (
    <Region title="On this device">
      <div class="library-progress">
        <progress
          max={Math.max(1, library.assets)}
          value={library.assets - library.pending}
          aria-label={`Sync of ${library.name}`}
        />
        <span>{contentWords(library)}</span>
        {now !== null && now.bytes_per_second >= 1 ? (
          <span>{`${sizeWords(now.bytes_per_second)} a second`}</span>
        ) : null}
        {left === null ? null : <span>{left}</span>}
      </div>
      {now === null || now.active.length === 0 ? (
        library.pending > 0 ? (
          <p class="note">
            {library.peers.length === 0
              ? 'No member is connected. The rest comes when one is.'
              : 'The rest comes as soon as a connected member has it.'}
          </p>
        ) : null
      ) : (
        <ul class="lines">
          {now.active.slice(0, TRANSFERS_SHOWN).map((transfer) => (
            <li key={transfer.hash} class="library-upload">
              <Name>{transfer.filename ?? `${transfer.hash.slice(0, 12)}…`}</Name>
              <progress
                max={Math.max(1, transfer.size)}
                value={transfer.have}
                aria-label={`Receiving ${transfer.filename ?? transfer.hash.slice(0, 12)}`}
              />
              <span class="quiet-text">
                {`${progressWords({ done: transfer.have, total: transfer.size, from: 0, elapsed: 0 })}, from ${transfer.from.map(peerName).join(', ')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Region>
  );
}

function EndDialog({ library, onClose }: { library: Library; onClose: () => void }) {
  const closes = library.role === 'owner' && library.state === 'active';
  const { outcome, run } = useSaving();
  const end = async (): Promise<void> => {
    if (!(await run(() => endLibrary(library.id, closes), closes ? 'Library closed' : 'Library left')))
      return;
    onClose();
    navigate('/libraries');
  };
  return (
    <Dialog title={closes ? 'Close this library?' : 'Leave this library?'} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void end();
        }}
      >
        <p>
          {closes
            ? 'It ends for every member, for good. Every device keeps the files it has.'
            : 'This device gets no more of its files and gives none. The files it has stay.'}
        </p>
        <SaveRow action={closes ? 'Close library' : 'Leave library'} danger outcome={outcome}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
