/**
 * What a class of golden vectors is to the runner (`run.ts`): how its files are recognised and how one file
 * becomes cases. Every class calls the project's own functions; nothing is re-implemented here.
 */

/** One case: `run` returns when the project's answer is the recorded one and throws otherwise. */
export interface VectorCase {
  /** The id of the vector, unique within its class. */
  id: string;
  /** Why the case is not run: this program does not have what it is about. It counts as skipped and is listed. */
  omitted?: string;
  run(): void | Promise<void>;
}

/** What a class may ask about the file it was given. */
export interface VectorContext {
  /** Path of the file. */
  path: string;
  /** Parsed content of another file of the same directory; throws when it does not exist. */
  sibling(name: string): unknown;
}

/** One class of vectors. */
export interface VectorClass {
  name: string;
  /** Whether a file belongs to this class, by its content (the path only tells apart equal content). */
  recognises(json: unknown, path: string): boolean;
  cases(json: unknown, context: VectorContext): VectorCase[];
}

/** The project answers, but not what is recorded. Only this can be a difference on purpose. */
export class CaseMismatch extends Error {
  override readonly name = 'CaseMismatch';
  readonly ours: unknown;
  readonly expected: unknown;
  constructor(ours: unknown, expected: unknown) {
    super('the answer differs from the recorded one');
    this.ours = ours;
    this.expected = expected;
  }
}

/** What is stated as the answer to a case about what this program does not have. */
export const NOT_HERE = '(not here)';

/** Only while running it turned out that a case is about what this program does not have. */
export class CaseOmitted extends Error {
  override readonly name = 'CaseOmitted';
}
