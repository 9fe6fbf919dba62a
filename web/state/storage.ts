/**
 * What the page keeps in the browser, all of it erased on sign-out (05 section 10.13, X-6): drafts and the unsent
 * queue belong to one tab, a few choices to the browser. Where storage is not offered, nothing is lost but the
 * survival of a reload.
 */
const PREFIX = 'canopy.';

/** A small JSON store over one of the browser's storages. */
export class Stored {
  readonly #storage: Storage | null;

  readonly #changes: EventTarget | null;

  /**
   * @param open gives the storage; throws where the browser forbids it.
   * @param changes hears of what other tabs write.
   */
  constructor(open: () => Storage, changes: () => EventTarget = () => window) {
    this.#storage = orNull(open);
    this.#changes = orNull(changes);
  }

  /** Reads a value; null when absent, unreadable or not allowed. */
  read(key: string): unknown {
    return orNull(() => JSON.parse(this.#storage?.getItem(PREFIX + key) ?? 'null') as unknown);
  }

  /** Stores a value; `null` removes it. A full or forbidden storage is no error: the value stays in memory. */
  write(key: string, value: unknown): void {
    orNull(() => {
      if (value === null) this.#storage?.removeItem(PREFIX + key);
      else this.#storage?.setItem(PREFIX + key, JSON.stringify(value));
    });
  }

  /** Hears when another tab of this browser changed a value; `null` when it is gone. */
  onChange(key: string, take: (value: unknown) => void): void {
    this.#changes?.addEventListener('storage', (event) => {
      // Nameless when everything was erased.
      if (![PREFIX + key, null].includes((event as StorageEvent).key)) return;
      take(this.read(key));
    });
  }

  /** Removes everything the page keeps here. */
  erase(): void {
    const storage = this.#storage;
    if (storage === null) return;
    for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
  }
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Lives as long as the tab: two tabs must never send one queue twice. */
export const tabStore = new Stored(() => window.sessionStorage);
/** Lives in the browser: choices. */
export const browserStore = new Stored(() => window.localStorage);
