/** `/libraries`: sets of files that several devices share (07 section 5). The open one and the dialogs have addresses. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { JoinDialog } from '../components/libraries/join-dialog.tsx';
import { LibraryDialog } from '../components/libraries/library-dialog.tsx';
import { LibraryView } from '../components/libraries/library-view.tsx';
import { LibrariesIcon } from '../components/icons.tsx';
import { Empty, Link, Name, Notice } from '../components/parts.tsx';
import { problemText } from '../components/saving.ts';
import { Shell } from '../components/shell.tsx';
import { libraries, loadLibraries } from '../state/libraries.ts';
import { contentWords, filterWords, roleWords, type Library } from '../state/library-words.ts';
import { location, navigate } from '../state/router.ts';

const address = (id: string): string => `/libraries?library=${encodeURIComponent(id)}`;

export function LibrariesPage() {
  const [error, setError] = useState<string | null>(null);
  const load = (): Promise<void> =>
    loadLibraries().then(
      () => setError(null),
      (cause: unknown) => setError(problemText(cause)),
    );
  useEffect(() => void load(), []);
  const { query } = location.value;
  const list = libraries.value;
  const open = list?.find(({ id }) => id === query.get('library'));
  const back = (): void => navigate('/libraries', { replace: true });
  return (
    <Shell title={open?.name ?? 'Libraries'}>
      <div class="page">
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {open === undefined ? <List list={list} /> : <LibraryView key={open.id} library={open} />}
      </div>
      {query.has('new') ? (
        <LibraryDialog
          library={null}
          onMade={(id) => navigate(address(id), { replace: true })}
          onClose={back}
        />
      ) : null}
      {query.has('join') ? (
        <JoinDialog onJoined={(id) => navigate(address(id), { replace: true })} onClose={back} />
      ) : null}
    </Shell>
  );
}

function List({ list }: { list: readonly Library[] | null }) {
  const actions = (
    <div class="row-actions">
      <Button kind="primary" onClick={() => navigate('/libraries?new=1')}>
        New library
      </Button>
      <Button onClick={() => navigate('/libraries?join=1')}>Join library</Button>
    </div>
  );
  return (
    <>
      <div class="page-head">
        <h1>Libraries</h1>
        {list === null || list.length === 0 ? null : actions}
      </div>
      <p class="lead">
        Files that several devices share. Each keeps its own copy, also while the others are away.
      </p>
      {list?.length === 0 ? (
        <Empty icon={LibrariesIcon} action={actions}>
          Make a library and say what belongs to it, or join one with the ticket its owner sent you.
        </Empty>
      ) : null}
      <ul class="cards">
        {(list ?? []).map((library) => (
          <li key={library.id}>
            <LibraryCard library={library} />
          </li>
        ))}
      </ul>
    </>
  );
}

const STATES: Readonly<Record<Library['state'], string | null>> = {
  active: null,
  joining: 'Joining',
  closed: 'Closed',
  revoked: 'Removed',
  refused: 'Refused',
};

function LibraryCard({ library }: { library: Library }) {
  const state = STATES[library.state];
  return (
    <article class="library-card" aria-label={library.name}>
      <p class="card-title">
        <strong>
          <Link href={address(library.id)}>
            <Name>{library.name}</Name>
          </Link>
        </strong>
        <span class="badge">{roleWords(library)}</span>
        {state === null ? null : <span class="badge warn">{state}</span>}
      </p>
      <p class="quiet-text">{filterWords(library.filter)}</p>
      <div class="library-progress">
        <progress
          max={Math.max(1, library.assets)}
          value={library.assets - library.pending}
          aria-label={`Sync of ${library.name}`}
        />
        <span>{contentWords(library)}</span>
        {library.state !== 'active' ? null : (
          <span>
            {library.peers.length === 0
              ? 'No member connected'
              : library.peers.length === 1
                ? '1 member connected'
                : `${library.peers.length} members connected`}
          </span>
        )}
      </div>
    </article>
  );
}
