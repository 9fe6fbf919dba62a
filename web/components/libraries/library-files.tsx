/** The files of a library as a grid, with search and adding by drag and drop (07 section 5). */
import { useRef, useState } from 'preact/hooks';
import { files, moreFiles, searchFiles, thumbnailAddress, type LibraryFile } from '../../state/libraries.ts';
import type { Library } from '../../state/library-words.ts';
import { libraryUploads, uploadWords, type LibraryUpload } from '../../state/library-uploads.ts';
import { sizeWords } from '../../state/numbers.ts';
import { Button, IconButton } from '../button.tsx';
import { useDroppedFiles } from '../drop-files.ts';
import { CloseIcon, FileIcon } from '../icons.tsx';
import { Empty, Name } from '../parts.tsx';
import { Region } from '../region.tsx';
import { SearchField } from '../search-field.tsx';
import { FileDialog } from './file-dialog.tsx';

/** Pictures of which the node makes small ones. */
const PICTURE = /^image\/(?:png|jpeg|gif|webp|avif)$/u;

export function LibraryFiles({ library }: { library: Library }) {
  const [open, setOpen] = useState<string | null>(null);
  const [complaint, setComplaint] = useState<string | null>(null);
  const [query, setQuery] = useState('');
  const picker = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLDivElement>(null);
  const adds = library.state === 'active' && library.mode === 'write' && library.filter.hashes === undefined;
  const add = (list: readonly File[]): void => setComplaint(libraryUploads.add(library, list));
  useDroppedFiles(form, adds, add);
  const shown = files.value;
  const opened = shown?.list.find(({ hash }) => hash === open);
  return (
    <Region
      title="Files"
      action={
        adds ? (
          <Button kind="primary" onClick={() => picker.current?.click()}>
            Add files
          </Button>
        ) : null
      }
    >
      <div ref={form} class="library-files">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to add"
          onChange={(event) => {
            add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        {complaint === null ? null : (
          <p class="note error" role="alert">
            {complaint}
          </p>
        )}
        <Uploads list={libraryUploads.of(library.id)} />
        {library.assets > 0 || query !== '' ? (
          <SearchField
            label="Search these files"
            value={query}
            onInput={(value) => {
              setQuery(value);
              searchFiles(value.trim()).catch(() => setComplaint('The node did not answer. Search again.'));
            }}
          />
        ) : null}
        {shown?.list.length === 0 ? (
          <Empty icon={FileIcon}>
            {query === ''
              ? adds
                ? 'No files yet. Drop some here, or add them: every member gets them.'
                : 'No files yet. They appear when a member adds some.'
              : 'No file matches.'}
          </Empty>
        ) : null}
        <ul class="asset-grid">
          {(shown?.list ?? []).map((file) => (
            <li key={file.hash}>
              <AssetTile file={file} onOpen={() => setOpen(file.hash)} />
            </li>
          ))}
        </ul>
        {shown?.next == null ? null : <Button onClick={moreFiles}>Show more</Button>}
      </div>
      {opened === undefined ? null : (
        <FileDialog library={library} file={opened} name={fileName(opened)} onClose={() => setOpen(null)} />
      )}
    </Region>
  );
}

/** What a file is called where it has no name. */
function fileName(file: Pick<LibraryFile, 'filename' | 'hash'>): string {
  return file.filename ?? `${file.hash.slice(0, 12)}…`;
}

function AssetTile({ file, onOpen }: { file: LibraryFile; onOpen: () => void }) {
  const [broken, setBroken] = useState(false);
  const isPicture = file.here && !broken && PICTURE.test(file.mime_type);
  return (
    <button type="button" class="asset" onClick={onOpen}>
      <span class="asset-picture" aria-hidden="true">
        {isPicture ? (
          <img src={thumbnailAddress(file.hash)} alt="" loading="lazy" onError={() => setBroken(true)} />
        ) : (
          <FileIcon />
        )}
      </span>
      <span class="asset-name">
        <Name>{fileName(file)}</Name>
      </span>
      <span class="asset-facts">
        {sizeWords(file.size)}
        {file.hidden ? ', deleted here' : file.here ? '' : ', not here yet'}
      </span>
    </button>
  );
}

function Uploads({ list }: { list: readonly LibraryUpload[] }) {
  if (list.length === 0) return null;
  return (
    <ul class="lines" aria-label="Files that are being added">
      {list.map((upload) => (
        <li key={upload.id} class="library-upload">
          <Name>{upload.name}</Name>
          {upload.state === 'failed' ? (
            <span class="note error" role="alert">
              {upload.reason}
            </span>
          ) : (
            <>
              <progress
                max={Math.max(1, upload.size)}
                value={upload.loaded}
                aria-label={`Adding ${upload.name}`}
              />
              <span class="quiet-text">{uploadWords(upload, Date.now())}</span>
            </>
          )}
          {upload.state === 'failed' ? (
            <Button kind="quiet" onClick={() => libraryUploads.retry(upload.id)}>
              Retry
            </Button>
          ) : null}
          <IconButton name={`Cancel ${upload.name}`} onClick={() => libraryUploads.remove(upload.id)}>
            <CloseIcon />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
