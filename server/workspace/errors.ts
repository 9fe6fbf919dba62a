/** Errors of the workspace: a rule said no. `http/errors.ts` gives each code its status and body. */
export class WorkspaceError extends Error {
  override readonly name = 'WorkspaceError';
  /** Stable, snake_case. */
  readonly code: string;
  /** The input field it is about. */
  readonly field: string | undefined;
  /** State of the account it is about. */
  readonly status: string | undefined;
  /** Why, in a word of the reference. */
  readonly reason: string | undefined;
  /** All broken rules where several can be at once (passwords). */
  readonly violations: readonly string[] | undefined;

  /** @param message one sentence for people; contains nothing secret. */
  constructor(
    code: string,
    message: string,
    detail: { field?: string; status?: string; reason?: string; violations?: readonly string[] } = {},
  ) {
    super(message);
    this.code = code;
    this.field = detail.field;
    this.status = detail.status;
    this.reason = detail.reason;
    this.violations = detail.violations;
  }
}
