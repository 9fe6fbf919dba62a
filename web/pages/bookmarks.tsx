/** `/bookmarks`: what this person saved, to be found again (05 section 10.15, K-7). */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Field } from '../components/field.tsx';
import { BookmarkIcon } from '../components/icons.tsx';
import { Empty, Link, Name, Notice, Time } from '../components/parts.tsx';
import { SearchField } from '../components/search-field.tsx';
import { Shell } from '../components/shell.tsx';
import {
  bookmarkAddress,
  bookmarks,
  loadBookmarks,
  removeBookmark,
  type Bookmark,
} from '../state/bookmarks.ts';
import { channels } from '../state/channel.ts';
import { lineOf, personName } from '../state/people.ts';
import { api } from '../state/session.ts';
import { parseTime } from '../state/time.ts';

export function BookmarksPage() {
  const [wanted, setWanted] = useState('');
  const [error, setError] = useState<string | null>(null);
  const load = (): Promise<void> =>
    loadBookmarks().then(
      () => setError(null),
      (cause: unknown) =>
        setError(cause instanceof Error ? cause.message : 'The bookmarks could not be read.'),
    );
  useEffect(() => void load(), []);
  const list = bookmarks.value;
  const text = wanted.trim().toLocaleLowerCase();
  const shown = (list ?? []).filter((one) =>
    `${one.title} ${one.preview} ${one.note ?? ''} ${placeOf(one)}`.toLocaleLowerCase().includes(text),
  );
  return (
    <Shell title="Bookmarks">
      <div class="page settings">
        <h1>Bookmarks</h1>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {list?.length === 0 ? (
          <Empty
            icon={BookmarkIcon}
            action={
              <Link href="/channels" class="button plain">
                Go to your channels
              </Link>
            }
          >
            Nothing is saved yet. Save at a message or post puts it here. Nobody else sees it.
          </Empty>
        ) : (
          <>
            <SearchField label="Search bookmarks" value={wanted} onInput={setWanted} />
            {list !== null && shown.length === 0 ? (
              <p class="quiet-text">Nothing saved contains that.</p>
            ) : null}
            <ul class="lines">
              {shown.map((one) => (
                <BookmarkLine key={one.id} bookmark={one} reload={load} />
              ))}
            </ul>
          </>
        )}
      </div>
    </Shell>
  );
}

/** Where it stands, in words. */
function placeOf({ source_type: type, container_id: id, source_author_id: author }: Bookmark): string {
  const by = author === null ? '' : personName(author);
  if (type === 'feed_post') return `${by} in the feed`;
  if (type === 'dm_message') return `${by} in direct messages`;
  return `${by} in #${channels.value.find((one) => one.id === id)?.name ?? 'a channel'}`;
}

function BookmarkLine({ bookmark, reload }: { bookmark: Bookmark; reload: () => Promise<void> }) {
  const [note, setNote] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      setNote(null);
      await reload();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };
  const at = parseTime(bookmark.created_at);
  return (
    <li class="saved-line">
      <p class="quiet-text facts-line">
        <span>
          <Name>{placeOf(bookmark)}</Name>
        </span>
        {at === null ? null : (
          <span>
            saved <Time at={at} />
          </span>
        )}
      </p>
      {bookmark.available ? (
        <Link href={bookmarkAddress(bookmark)}>
          <Name>{lineOf(bookmark.preview || bookmark.title)}</Name>
        </Link>
      ) : (
        <p>
          <Name>{lineOf(bookmark.preview || bookmark.title)}</Name>{' '}
          <span class="quiet-text">It is no longer there.</span>
        </p>
      )}
      {note === null ? (
        bookmark.note === null || bookmark.note === '' ? null : (
          <p class="bio">
            <Name>{bookmark.note}</Name>
          </p>
        )
      ) : (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void run(() =>
              api.call('PATCH', `/api/v1/bookmarks/${encodeURIComponent(bookmark.id)}`, { note }),
            );
          }}
        >
          <Field label="Note" value={note} onInput={setNote} rows={2} error={error} />
          <div class="row-actions">
            <Button type="submit" kind="primary">
              Save
            </Button>
            <Button onClick={() => setNote(null)}>Cancel</Button>
          </div>
        </form>
      )}
      {note === null ? (
        <div class="row-actions">
          <Button kind="quiet" onClick={() => setNote(bookmark.note ?? '')}>
            {bookmark.note ? 'Change note' : 'Add note'}
          </Button>
          <Button kind="quiet" onClick={() => run(() => removeBookmark(bookmark.id))}>
            Remove
          </Button>
          {error === null ? null : <p class="note error">{error}</p>}
        </div>
      ) : null}
    </li>
  );
}
