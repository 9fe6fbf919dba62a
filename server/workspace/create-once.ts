/**
 * Creating once (04 section 10a): a client that names a creation with an idempotency key gets the first answer again
 * instead of a second message. That it was created is noted in the very transaction of the creation, so neither two
 * requests at a time nor the end of the process between them make two; the answer is written down right after. When the
 * process ended in between, the answer is made again from what was created.
 *
 * The note rides along with the write that says what it creates ({@link Changes.creates}), wherever in the workspace that
 * is: the context of the call says for which creation.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../ports/types.ts';
import type { CreatedAnswers, CreationName } from '../store/created-answers.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import { WorkspaceError } from './errors.ts';

/** A retry comes within minutes; a script that was down over night still gets its answer. */
const CREATION_KEPT_MS = 24 * 3_600_000;
/** Creations remembered per account, the newest; a script that sends one each minute has its whole day. */
const MAX_CREATIONS = 1440;
/** Bytes their answers may take per account. */
const MAX_CREATION_BYTES = 16 * 1024 * 1024;

/** What a route answered, as it is kept. */
export interface KeptAnswer {
  status: number;
  body: object;
}

/** One creation that was named. */
export interface NamedCreation extends CreationName {
  /** Says what the request asks for: the same name with another one is a mistake. */
  fingerprint: string;
}

interface Note {
  creation: NamedCreation;
  written: boolean;
  over: boolean;
}

export class CreateOnce {
  readonly #rows: CreatedAnswers;
  readonly #commit: GroupCommit;
  readonly #clock: Clock;
  readonly #context = new AsyncLocalStorage<Note>();
  readonly #running = new Map<string, { fingerprint: string; answer: Promise<KeptAnswer> }>();

  constructor(components: { rows: CreatedAnswers; commit: GroupCommit; clock: Clock }) {
    this.#rows = components.rows;
    this.#commit = components.commit;
    this.#clock = components.clock;
    this.#commit.accompany(() => this.#companion());
  }

  /**
   * Runs `work` unless it was done under this name before; a refusal is not remembered, so it may be tried again.
   * @param options.keepAnswer false when the answer holds a secret that is shown once.
   * @param options.recall the answer made again from the object that was created; null when it cannot be.
   * @returns the answer, and whether it is that of an earlier request.
   * @throws {WorkspaceError} `idempotency_key_reused` when the name stands for something else,
   *   `idempotency_answer_gone` when it was created, but the answer is not known any more.
   */
  async run(
    creation: NamedCreation,
    options: { keepAnswer: boolean; recall?: (created: string) => KeptAnswer | null },
    work: () => Promise<KeptAnswer>,
  ): Promise<{ answer: KeptAnswer; replayed: boolean }> {
    const name = JSON.stringify([creation.userId, creation.route, creation.key]);
    const running = this.#running.get(name);
    if (running !== undefined) {
      requireSame(running, creation);
      const answer = await running.answer;
      if (!options.keepAnswer) throw answerGone();
      return { answer, replayed: true };
    }
    const known = this.#rows.get(creation, this.#clock.now() - CREATION_KEPT_MS);
    if (known !== undefined) {
      requireSame(known, creation);
      if (known.answer !== null) return { answer: JSON.parse(known.answer) as KeptAnswer, replayed: true };
      const recalled = known.created === null ? null : (options.recall?.(known.created) ?? null);
      if (recalled === null) throw answerGone();
      return { answer: recalled, replayed: true };
    }
    const answer = this.#first(creation, options, work);
    this.#running.set(name, { fingerprint: creation.fingerprint, answer });
    try {
      return { answer: await answer, replayed: false };
    } finally {
      this.#running.delete(name);
    }
  }

  /** Forgets what is too old. */
  prune(): void {
    this.#commit.now(() => this.#rows.prune(this.#clock.now() - CREATION_KEPT_MS));
  }

  async #first(
    creation: NamedCreation,
    options: { keepAnswer: boolean },
    work: () => Promise<KeptAnswer>,
  ): Promise<KeptAnswer> {
    const note: Note = { creation, written: false, over: false };
    try {
      const answer = await this.#context.run(note, work);
      if (answer.status >= 300 || ('success' in answer.body && answer.body.success === false)) {
        await this.#forget(note);
      } else {
        note.over = true;
        await this.#commit.run(() => this.#keep(note, options.keepAnswer ? answer : null));
      }
      return answer;
    } catch (error) {
      await this.#forget(note);
      throw error;
    } finally {
      note.over = true;
    }
  }

  #keep(note: Note, answer: KeptAnswer | null): void {
    const { creation } = note;
    if (!note.written) this.#note(creation, null);
    if (answer !== null) this.#rows.answered(creation, JSON.stringify(answer));
    this.#rows.trim(creation.userId, { rows: MAX_CREATIONS, bytes: MAX_CREATION_BYTES });
  }

  async #forget(note: Note): Promise<void> {
    note.over = true;
    if (note.written) await this.#commit.run(() => this.#rows.remove(note.creation));
  }

  /** What the write that creates takes along; null for every other write. */
  #companion(): ((created: string | null) => void) | null {
    const note = this.#context.getStore();
    if (note === undefined || note.written || note.over) return null;
    return (created) => {
      if (created === null || note.written || note.over) return;
      this.#note(note.creation, created);
      note.written = true;
    };
  }

  #note({ fingerprint, ...name }: NamedCreation, created: string | null): void {
    this.#rows.add(name, { fingerprint, created }, this.#clock.now());
  }
}

function requireSame(known: { fingerprint: string }, creation: NamedCreation): void {
  if (known.fingerprint !== creation.fingerprint)
    throw new WorkspaceError('idempotency_key_reused', 'This key was used for another request.');
}

function answerGone(): WorkspaceError {
  return new WorkspaceError('idempotency_answer_gone', 'This was created before; its answer is not kept.');
}
