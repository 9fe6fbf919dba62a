/**
 * Entity tags of lists that are asked for again and again (04 section 10a). A tag is made of the answer itself, so it
 * says the same after a restart, and two callers share one only when they may read the same. As long as the database
 * is unchanged the tag a caller got for an address still holds, and the list is not even read.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Caller } from './auth.ts';
import { WrittenJson, type Answer } from './answer.ts';

/** Tags remembered: a few addresses of each page and script that asks regularly. */
const MAX_REMEMBERED = 1000;
/** Addresses longer than this are not remembered; those of polls are short. */
const MAX_ADDRESS = 512;
/** Time alone changes some answers (what expires, "3 minutes ago"), so the list is read again after this long. */
const REMEMBERED_MS = 10_000;

interface Remembered {
  revision: number;
  until: number;
  tag: string;
}

/** Answers 304 where nothing changed. */
export class PolledAnswers {
  readonly #revision: () => number | null;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();
  readonly #tags = new WeakMap<WrittenJson, string>();

  /** @param components.revision grows with every change of what is stored; null while that is not certain. */
  constructor(components: { revision: () => number | null; now: () => number }) {
    this.#revision = components.revision;
    this.#now = components.now;
  }

  /**
   * The answer of `work` with its tag, or 304.
   * @param from.kind `stored` when the answer comes from the database alone.
   */
  async answer(
    from: { req: Request; caller: Caller | null; kind: 'stored' | 'live' },
    work: () => Answer | null | Promise<Answer | null>,
  ): Promise<Answer | null> {
    const { req } = from;
    const asked = req.headers['if-none-match'];
    const name = from.kind === 'stored' ? nameOf(req, from.caller) : null;
    const revision = this.#revision();
    if (name !== null && revision !== null && asked !== undefined) {
      const known = this.#remembered.get(name);
      if (known?.revision === revision && this.#now() < known.until && matches(asked, known.tag))
        return notModified(known.tag);
    }
    const answer = await work();
    if (answer?.status !== 200) return answer;
    const written = WrittenJson.of(answer.body);
    const tag = this.#tagOf(written);
    if (name !== null && revision !== null && revision === this.#revision())
      this.#remember(name, { revision, until: this.#now() + REMEMBERED_MS, tag });
    if (asked !== undefined && matches(asked, tag)) return notModified(tag);
    return { ...answer, body: written, headers: { ...answer.headers, ETag: tag } };
  }

  #tagOf(written: WrittenJson): string {
    let tag = this.#tags.get(written);
    if (tag === undefined) {
      // A weak one: of the answer, in whatever encoding it goes.
      tag = `W/"${createHash('sha1').update(written.bytes).digest('base64url')}"`;
      this.#tags.set(written, tag);
    }
    return tag;
  }

  #remember(name: string, entry: Remembered): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, entry);
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > MAX_REMEMBERED && oldest.done !== true) this.#remembered.delete(oldest.value);
  }
}

/** Whoever asks, with which rights, and for what; null when it is too long to remember. */
function nameOf(req: Request, caller: Caller | null): string | null {
  if (req.originalUrl.length > MAX_ADDRESS) return null;
  return JSON.stringify([caller?.userId ?? null, caller?.key?.id ?? null, req.originalUrl]);
}

function matches(asked: string, tag: string): boolean {
  const strong = (one: string): string => one.trim().replace(/^W\//, '');
  return asked.split(',').some((each) => each.trim() === '*' || strong(each) === strong(tag));
}

function notModified(tag: string): Answer {
  return { status: 304, body: {}, headers: { ETag: tag } };
}
