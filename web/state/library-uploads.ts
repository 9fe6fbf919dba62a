/**
 * Files on their way into a library (07 section 5): a few at a time, with progress; what fails can be tried again, and
 * what is there leaves the list.
 */
import { signal } from '@preact/signals';
import { errorFromAnswer } from '../api/client.ts';
import { INGEST } from './libraries.ts';
import { api } from './session.ts';
import { progressWords } from './progress-words.ts';
import { ingestFields, refusedType, type LibraryFilter } from './library-words.ts';

/** Uploads at a time; the others wait. */
const AT_ONCE = 3;

/** How far one is, in words (05 section 11.5, Progress). */
export function uploadWords({ state, loaded, size, since }: LibraryUpload, now: number): string {
  if (state === 'waiting') return 'Waiting';
  return progressWords({ done: loaded, total: size, from: 0, elapsed: now - since });
}

/** One file on its way. */
export interface LibraryUpload {
  id: number;
  libraryId: string;
  name: string;
  size: number;
  loaded: number;
  /** When it began to go, Unix ms. */
  since: number;
  state: 'waiting' | 'uploading' | 'failed';
  reason: string | null;
}

/** Sends one file with fields; the returned function ends it. */
export type Ingest = (
  file: File,
  fields: Readonly<Record<string, string>>,
  on: { progress: (loaded: number) => void; done: () => void; failed: (reason: string) => void },
) => () => void;

interface Source {
  file: File;
  fields: Readonly<Record<string, string>>;
  cancel: () => void;
}

/** Every upload into a library, whatever page is open. */
export class LibraryUploads {
  readonly #ingest: Ingest;
  readonly #sources = new Map<number, Source>();
  readonly #list = signal<readonly LibraryUpload[]>([]);
  #lastId = 0;

  constructor(components: { ingest: Ingest }) {
    this.#ingest = components.ingest;
  }

  of(libraryId: string): readonly LibraryUpload[] {
    return this.#list.value.filter((upload) => upload.libraryId === libraryId);
  }

  /** @returns what is wrong with those left out, in words. */
  add(library: { id: string; filter: LibraryFilter }, files: readonly File[]): string | null {
    let complaint: string | null = null;
    for (const file of files) {
      const refused = refusedType(library.filter, file.type);
      if (refused !== null) {
        complaint = `${file.name} was not added. ${refused}`;
        continue;
      }
      const id = (this.#lastId += 1);
      this.#sources.set(id, { file, fields: ingestFields(library.filter), cancel: () => undefined });
      const { name, size } = file;
      const upload = {
        id,
        libraryId: library.id,
        name,
        size,
        loaded: 0,
        since: 0,
        state: 'waiting',
        reason: null,
      } as const;
      this.#list.value = [...this.#list.value, upload];
    }
    this.#pump();
    return complaint;
  }

  retry(id: number): void {
    this.#change(id, { state: 'waiting', loaded: 0, reason: null });
    this.#pump();
  }

  remove(id: number): void {
    this.#sources.get(id)?.cancel();
    this.#sources.delete(id);
    this.#list.value = this.#list.value.filter((upload) => upload.id !== id);
    this.#pump();
  }

  #pump(): void {
    const list = this.#list.value;
    let free = AT_ONCE - list.filter(({ state }) => state === 'uploading').length;
    for (const upload of list) {
      const source = this.#sources.get(upload.id);
      if (free <= 0) return;
      if (upload.state !== 'waiting' || source === undefined) continue;
      free -= 1;
      this.#change(upload.id, { state: 'uploading', since: Date.now() });
      source.cancel = this.#ingest(source.file, source.fields, {
        progress: (loaded) => this.#change(upload.id, { loaded }),
        done: () => this.remove(upload.id),
        failed: (reason) => {
          this.#change(upload.id, { state: 'failed', reason });
          this.#pump();
        },
      });
    }
  }

  #change(id: number, change: Partial<LibraryUpload>): void {
    this.#list.value = this.#list.value.map((upload) =>
      upload.id === id ? { ...upload, ...change } : upload,
    );
  }
}

/** Uploads by the browser; the only way to see how far it is. */
export function browserIngest(csrfToken: () => string): Ingest {
  return (file, fields, on) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    if (file.type !== '') form.append('mime_type', file.type);
    form.append('file', file, file.name);
    request.open('POST', INGEST);
    request.setRequestHeader('X-Canopy-Page', '1');
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => on.progress(Math.min(event.loaded, file.size)));
    request.addEventListener('load', () => {
      if (request.status === 200 || request.status === 201) on.done();
      else on.failed(errorFromAnswer(request.status, request.response).message);
    });
    request.addEventListener('error', () => on.failed('This node is not answering.'));
    request.send(form);
    return () => request.abort();
  };
}

export const libraryUploads = new LibraryUploads({ ingest: browserIngest(() => api.csrfToken) });
