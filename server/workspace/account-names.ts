/** Names of new accounts (03 section 3.1, 05 section 9): what is refused, and why it would hurt somebody. */
import { WorkspaceError } from './errors.ts';

/** The reference's limit; one letter is no name others can mention. */
const MIN_USERNAME = 2;
/** Long enough for every name; other nodes append their own suffixes to it. */
const MAX_USERNAME = 64;
/** The reference's limit for display names. */
const MAX_DISPLAY_NAME = 100;
/** Old reference pages insert names into HTML unescaped, and control characters confuse lists. */
const HARMFUL = /[<>\p{Cc}\p{Cs}]/u;
/** A name of that form makes every node take the account for a shadow (03 section 4.2). */
const SHADOW_PREFIX = 'peer-';

/**
 * Trims and checks the names of a new account.
 * @throws {WorkspaceError} `username_required`, `invalid_username`, `invalid_display_name`.
 */
export function newNames(
  username: string,
  displayName: string | null | undefined,
): { username: string; displayName: string } {
  const name = username.trim();
  if ([...name].length < MIN_USERNAME) {
    throw new WorkspaceError('username_required', 'Username must be at least 2 characters', {
      field: 'username',
    });
  }
  if ([...name].length > MAX_USERNAME || HARMFUL.test(name) || name.startsWith(SHADOW_PREFIX)) {
    throw new WorkspaceError(
      'invalid_username',
      `Username must be at most ${MAX_USERNAME} characters, without <, > or control characters, and not begin with "${SHADOW_PREFIX}"`,
      { field: 'username' },
    );
  }
  const shown = displayName?.trim() ?? '';
  return { username: name, displayName: shown === '' ? name : requireDisplayName(shown) };
}

function requireDisplayName(name: string): string {
  if ([...name].length <= MAX_DISPLAY_NAME && !HARMFUL.test(name)) return name;
  throw new WorkspaceError(
    'invalid_display_name',
    `Display name must be at most ${MAX_DISPLAY_NAME} characters, without <, > or control characters`,
    { field: 'display_name' },
  );
}
