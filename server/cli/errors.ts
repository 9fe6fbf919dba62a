/** Why a command ends with exit code 1. The message is one line that says what to do; `code` is stable. */
export type CliErrorCode =
  /** The command line is not understood. */
  | 'usage'
  /** A node is running on the data directory and this cannot be done meanwhile. */
  | 'node_running'
  /** This needs a node that runs. */
  | 'node_not_running'
  /** This needs an API key. */
  | 'key_needed'
  /** The node does not answer. */
  | 'unreachable'
  /** The node answered with an error. */
  | 'refused'
  /** There is nothing here yet. */
  | 'no_data'
  /** A name or id leads nowhere. */
  | 'not_found'
  /** A file cannot be used. */
  | 'file'
  /** A backup is incomplete or was changed. */
  | 'backup_damaged'
  /** The target of a restore holds something. */
  | 'not_empty';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
