/** One look of the doctor: what was found, and what to do about it. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failure';
  /** What was found, in one line. */
  readonly found: string;
  /** What a person should try, in this order. */
  readonly advice: readonly string[];
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, advice: [] };
}

export function warning(name: string, found: string, ...advice: string[]): Check {
  return { name, state: 'warning', found, advice };
}

export function failure(name: string, found: string, ...advice: string[]): Check {
  return { name, state: 'failure', found, advice };
}

/** The message of whatever was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
