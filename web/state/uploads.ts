/**
 * Files added to a message that is being written (05 section 10.7, F-1, F-2): uploading begins at once, beside the typing,
 * with progress; what fails can be tried again, and nothing is sent before its files are on the node.
 */
import { signal } from '@preact/signals';
import type { Transport } from './upload-transport.ts';

/** The node's limits, checked before anything is sent (04 sections 3.8 and 3.11). */
export const MAX_FILE_BYTES = 104_857_600;
export const MAX_FILES = 20;

/** What a message says of a file. */
export interface FileRef {
  id: string;
  name: string;
  type: string;
  size: number;
  /** What the picture shows, for those who do not see it. */
  alt?: string;
  /** Of a picture, in pixels: its place is kept before it is there. */
  width?: number;
  height?: number;
}

/** Width and height of a picture. */
export type Dimensions = Pick<Required<FileRef>, 'width' | 'height'>;
/** Files that the node has, by draft. */
export type DraftFiles = Readonly<Record<string, readonly FileRef[]>>;

/** The longest description of a picture. */
export const MAX_ALT = 500;

/** One file beside the text. */
export interface AddedFile {
  localId: string;
  name: string;
  size: number;
  type: string;
  /** Address of the picture in this browser; null for what is none. */
  preview: string | null;
  /** `waiting`: the node does not take it now; it goes on by itself. */
  state: 'uploading' | 'waiting' | 'done' | 'failed';
  /** Bytes the node has. */
  loaded: number;
  /** When this attempt began, Unix ms. */
  began: number;
  /** What the sender says the picture shows. */
  alt: string;
  dimensions: Dimensions | null;
  reason: string | null;
  /** Set when the node has it. */
  file: FileRef | null;
}

/** The files of every draft, by its key. */
export class AddedFiles {
  readonly #lists = signal<Readonly<Record<string, readonly AddedFile[]>>>({});
  readonly #sources = new Map<string, { file: File; cancel: () => void }>();
  readonly #transport: Transport;
  readonly #previewOf: (file: File) => string | null;
  readonly #measure: (preview: string) => Promise<Dimensions | null>;
  readonly #now: () => number;
  #keep: (files: DraftFiles) => void = () => undefined;
  #lastId = 0;

  constructor(components: {
    transport: Transport;
    previewOf: (file: File) => string | null;
    measure: (preview: string) => Promise<Dimensions | null>;
    now: () => number;
    /** What was kept of drafts before. */
    kept?: DraftFiles;
    /** Keeps what the node has of all drafts. */
    keep?: (files: DraftFiles) => void;
  }) {
    this.#transport = components.transport;
    this.#previewOf = components.previewOf;
    this.#measure = components.measure;
    this.#now = components.now;
    for (const [draft, files] of Object.entries(components.kept ?? {})) this.restore(draft, files);
    // From here on: what was kept is not written back.
    this.#keep = components.keep ?? (() => undefined);
  }

  of(draft: string): readonly AddedFile[] {
    return this.#lists.value[draft] ?? [];
  }

  /** Whether the page still has something that the node has not, and that would be lost with the page. */
  get isUploading(): boolean {
    return Object.values(this.#lists.value).some((list) =>
      list.some(({ state }) => state === 'uploading' || state === 'waiting'),
    );
  }

  /** Adds files and begins to upload them. @returns what is wrong with those left out, in words. */
  add(draft: string, files: readonly File[]): string | null {
    let complaint: string | null = null;
    for (const file of files) {
      if (this.of(draft).length >= MAX_FILES) {
        complaint = `A message takes at most ${MAX_FILES} files.`;
        break;
      }
      if (file.size > MAX_FILE_BYTES) complaint = `${file.name} is larger than 100 MiB.`;
      else if (file.size === 0) complaint = `${file.name} is empty.`;
      else this.#begin(draft, file);
    }
    return complaint;
  }

  retry(draft: string, localId: string): void {
    const source = this.#sources.get(localId);
    if (source === undefined) return;
    this.#change(draft, localId, { state: 'uploading', loaded: 0, began: this.#now(), reason: null });
    this.#send(draft, localId, source.file);
  }

  /** Says what a picture shows. */
  describe(draft: string, localId: string, alt: string): void {
    this.#change(draft, localId, { alt: alt.slice(0, MAX_ALT) });
  }

  /** Puts a file one place earlier. */
  moveEarlier(draft: string, localId: string): void {
    const list = [...this.of(draft)];
    const at = list.findIndex((one) => one.localId === localId);
    const moved = list[at];
    if (moved === undefined || at === 0) return;
    list.splice(at, 1);
    list.splice(at - 1, 0, moved);
    this.#set(draft, list);
  }

  /** Takes a file out; one that is still uploading is not sent on. */
  remove(draft: string, localId: string): void {
    this.#sources.get(localId)?.cancel();
    this.#forget(localId, this.of(draft).find((one) => one.localId === localId)?.preview ?? null);
    this.#set(
      draft,
      this.of(draft).filter((one) => one.localId !== localId),
    );
  }

  /** Puts files back that the node has: the message was taken out of the queue to be changed. */
  restore(draft: string, files: readonly FileRef[]): void {
    const restored = files.map((file): AddedFile => ({
      localId: `f${(this.#lastId += 1)}`,
      name: file.name,
      size: file.size,
      type: file.type,
      preview: null,
      state: 'done',
      loaded: file.size,
      began: 0,
      alt: file.alt ?? '',
      dimensions:
        file.width === undefined || file.height === undefined
          ? null
          : { width: file.width, height: file.height },
      reason: null,
      file,
    }));
    this.#set(draft, [...this.of(draft), ...restored]);
  }

  /** The files of a message that is sent now; the draft has none any more. */
  take(draft: string): FileRef[] {
    const list = this.of(draft);
    for (const one of list) this.#forget(one.localId, one.preview);
    this.#set(draft, []);
    return refsOf(list);
  }

  #begin(draft: string, file: File): void {
    const localId = `f${(this.#lastId += 1)}`;
    const added: AddedFile = {
      localId,
      name: file.name,
      size: file.size,
      type: file.type,
      preview: this.#previewOf(file),
      state: 'uploading',
      loaded: 0,
      began: this.#now(),
      alt: '',
      dimensions: null,
      reason: null,
      file: null,
    };
    this.#set(draft, [...this.of(draft), added]);
    if (added.preview !== null)
      void this.#measure(added.preview).then((dimensions) => this.#change(draft, localId, { dimensions }));
    this.#send(draft, localId, file);
  }

  #send(draft: string, localId: string, file: File): void {
    const { cancel } = this.#transport(file, {
      progress: (loaded) => this.#change(draft, localId, { state: 'uploading', loaded, reason: null }),
      waiting: (reason) => this.#change(draft, localId, { state: 'waiting', reason }),
      done: (ref) =>
        this.#change(draft, localId, { state: 'done', loaded: file.size, file: ref, reason: null }),
      failed: (reason) => this.#change(draft, localId, { state: 'failed', reason }),
    });
    this.#sources.set(localId, { file, cancel });
  }

  #forget(localId: string, preview: string | null): void {
    this.#sources.delete(localId);
    if (preview !== null) URL.revokeObjectURL(preview);
  }

  #change(draft: string, localId: string, change: Partial<AddedFile>): void {
    this.#set(
      draft,
      this.of(draft).map((one) => (one.localId === localId ? { ...one, ...change } : one)),
    );
  }

  #set(draft: string, list: readonly AddedFile[]): void {
    const { [draft]: _old, ...others } = this.#lists.value;
    this.#lists.value = list.length === 0 ? others : { ...others, [draft]: list };
    const refs = Object.entries(this.#lists.value).map(([key, files]) => [key, refsOf(files)] as const);
    this.#keep(Object.fromEntries(refs.filter(([, files]) => files.length > 0)));
  }
}

/** What a message says of files that are on the node. */
export function refsOf(list: readonly AddedFile[]): FileRef[] {
  return list.flatMap(({ file, alt, dimensions }) =>
    file === null
      ? []
      : [{ ...file, ...(alt.trim() === '' ? {} : { alt: alt.trim() }), ...(dimensions ?? {}) }],
  );
}

/** Uploads one file by itself. @throws {Error} with why it was not taken. */
export function uploadOne(transport: Transport, file: File): Promise<FileRef> {
  return new Promise((resolve, reject) => {
    transport(file, {
      progress: () => undefined,
      waiting: () => undefined,
      done: resolve,
      failed: (reason) => reject(new Error(reason)),
    });
  });
}
