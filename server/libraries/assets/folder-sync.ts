/** Making names in folders durable (07 section 1): one wait for the disk serves all who wait for the same folder. */
import { open } from 'node:fs/promises';

export class FolderSync {
  readonly #look: (folder: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  /** Those that have not begun, and so see whatever happened in the folder before now. */
  readonly #next = new Map<string, Promise<void>>();

  /** @param look waits for the disk; never fails. */
  constructor(look: (folder: string) => Promise<void> = syncFolder) {
    this.#look = look;
  }

  /** Resolves when what happened in a folder so far is on the disk; some systems cannot, and there it has happened all the same. */
  sync(folder: string): Promise<void> {
    const known = this.#next.get(folder);
    if (known !== undefined) return known;
    const next = (this.#running.get(folder) ?? Promise.resolve()).then(async () => {
      this.#next.delete(folder);
      const work = this.#look(folder);
      this.#running.set(folder, work);
      await work;
      if (this.#running.get(folder) === work) this.#running.delete(folder);
    });
    this.#next.set(folder, next);
    return next;
  }
}

/** Never fails. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  try {
    await handle?.sync();
  } catch {
    // Nothing more can be done.
  } finally {
    await handle?.close();
  }
}
