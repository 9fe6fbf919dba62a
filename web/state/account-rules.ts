/**
 * The rules for names and passwords, shown before and ticked off while typing (05 section 10.3, S-2; the rules
 * themselves are 03 section 3.2). The node checks them again.
 */

/** One rule and whether the text keeps it. */
export interface Rule {
  text: string;
  kept: boolean;
}

const COMMON = new Set([
  'password',
  'password1',
  'password123',
  '12345678',
  'qwerty',
  'abc123',
  'monkey',
  '1234567890',
  'letmein',
  'trustno1',
  'dragon',
  'baseball',
  'iloveyou',
  'master',
  'sunshine',
]);

/** The node's hash reads no more than this; a longer password would be cut without a word. */
const MAX_PASSWORD_BYTES = 72;

/** Every password rule in the node's order. The last two are listed only when they are broken. */
export function passwordRules(password: string): Rule[] {
  const rules = [
    { text: 'At least 8 characters', kept: password.length >= 8 },
    { text: 'An upper case letter', kept: /[A-Z]/u.test(password) },
    { text: 'A lower case letter', kept: /[a-z]/u.test(password) },
    { text: 'A digit', kept: /[0-9]/u.test(password) },
    {
      text: 'A special character, such as ! or -',
      kept: /[!@#$%^&*()_+\-=[\]{};:'",.<>?/\\|`~]/u.test(password),
    },
  ];
  if (COMMON.has(password.toLowerCase()))
    rules.push({ text: 'Not one of the most common passwords', kept: false });
  if (new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES) {
    rules.push({ text: `At most ${MAX_PASSWORD_BYTES} bytes`, kept: false });
  }
  return rules;
}

/** What is wrong with a username, or null. */
export function usernameProblem(username: string): string | null {
  const name = username.trim();
  return name.length < 2 ? 'At least 2 characters.' : usernameMistake(username);
}

/** What is wrong with a username that is still being typed, or null: what more letters would not mend. */
export function usernameMistake(username: string): string | null {
  const name = username.trim();
  if (name.length > 30) return 'At most 30 characters.';
  return /^[\w-]*$/u.test(name) ? null : 'Letters A to Z, digits, _ and - only.';
}

/** What is wrong with a display name, or null. Names entered here are plain text for every peer. */
export function displayNameProblem(name: string): string | null {
  if (name.length > 50) return 'At most 50 characters.';
  if (/[<>\p{Cc}]/u.test(name)) return 'No < or > and no control characters.';
  return null;
}
