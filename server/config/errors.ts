/** A setting that cannot be used. The message is one line: which flag, variable or file key, its value, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config_invalid';
}
