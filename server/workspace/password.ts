/**
 * Passwords (03 section 3.2): the reference's strength rules, bcrypt, and the legacy hash of old directories.
 * bcrypt runs off the event loop, at most two at once, so that logins cannot take all of the machine.
 */
import bcrypt from 'bcrypt';
import type { CryptoBackend } from '../crypto/backend.ts';
import { equalBytes, toHex, utf8 } from '../crypto/bytes.ts';
import { WorkspaceError } from './errors.ts';

/** The reference's cost. */
const BCRYPT_COST = 12;
/** bcrypt reads no further; a longer password would be cut without a word. */
export const MAX_PASSWORD_BYTES = 72;
/** A verification takes about 0.2 s of one core. */
const MAX_RUNNING = 2;
/** Beyond this many waiting the node says so instead of letting them pile up. */
const MAX_WAITING = 32;
/** A well-formed hash that no password has, so that an unknown name costs what a wrong password costs. */
const NO_ONES_HASH = `$2b$${BCRYPT_COST}$${'.'.repeat(22)}${'.'.repeat(31)}`;
const BCRYPT_HASH = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const LEGACY_HASH = /^[0-9a-f]{64}$/;
const COMMON = new Set(
  'password password1 password123 12345678 qwerty abc123 monkey 1234567890 letmein trustno1 dragon baseball iloveyou master sunshine'.split(
    ' ',
  ),
);

/** The reference's rules in its order. */
const RULES: readonly { broken: (password: string) => boolean; text: string }[] = [
  { broken: (p) => [...p].length < 8, text: 'Password must be at least 8 characters long' },
  { broken: (p) => !/[A-Z]/.test(p), text: 'Password must contain at least one uppercase letter' },
  { broken: (p) => !/[a-z]/.test(p), text: 'Password must contain at least one lowercase letter' },
  { broken: (p) => !/\p{Nd}/u.test(p), text: 'Password must contain at least one digit' },
  {
    broken: (p) => !/[!@#$%^&*()_+\-=[\]{};:'",.<>?/\\|`~]/.test(p),
    text: 'Password must contain at least one special character',
  },
  {
    broken: (p) => COMMON.has(p.toLowerCase()),
    text: 'Password is too common. Please choose a more unique password.',
  },
];

/** Every rule the password breaks, in the reference's order and words; empty when it is good. */
export function passwordViolations(password: string): string[] {
  return RULES.filter((rule) => rule.broken(password)).map((rule) => rule.text);
}

/**
 * Refuses a password that must not become somebody's.
 * @throws {WorkspaceError} `weak_password` with all violations and the first as message, `password_too_long`.
 */
export function requireGoodPassword(password: string): void {
  const violations = passwordViolations(password);
  const [first] = violations;
  if (first !== undefined)
    throw new WorkspaceError('weak_password', first, { field: 'password', violations });
  if (utf8(password).length > MAX_PASSWORD_BYTES || password.includes('\0')) {
    const text = `Password must be at most ${MAX_PASSWORD_BYTES} bytes long, without zero characters`;
    throw new WorkspaceError('password_too_long', text, { field: 'password', violations: [text] });
  }
}

/** Whether a stored hash is of the kind before bcrypt. */
export function isLegacyHash(stored: string): boolean {
  return LEGACY_HASH.test(stored);
}

/** Hex SHA-256 of `<secret key>:<password>`. */
export function legacyHash(crypto: CryptoBackend, secretKey: string, password: string): string {
  return toHex(crypto.sha256(utf8(`${secretKey}:${password}`)));
}

export class Passwords {
  readonly #crypto: CryptoBackend;
  readonly #secretKey: string;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param init.secretKey the directory's secret, part of legacy hashes. */
  constructor(components: { crypto: CryptoBackend }, init: { secretKey: string }) {
    this.#crypto = components.crypto;
    this.#secretKey = init.secretKey;
  }

  /** The bcrypt text of a password of at most {@link MAX_PASSWORD_BYTES} bytes. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => bcrypt.hash(password, BCRYPT_COST));
  }

  /** Whether `password` belongs to the stored hash; null stands for an account without one, and takes as long. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    if (stored !== null && isLegacyHash(stored)) {
      return equalBytes(utf8(legacyHash(this.#crypto, this.#secretKey, password)), utf8(stored));
    }
    const usable = stored !== null && BCRYPT_HASH.test(stored);
    // `$2y$` is another program's name for the same thing, which the library does not know.
    const hash = usable ? stored.replace(/^\$2y/, '$2b') : NO_ONES_HASH;
    const matches = await this.#inTurn(() => bcrypt.compare(password, hash));
    return usable && matches;
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_RUNNING) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new WorkspaceError('busy', 'Too many sign-ins at once. Try again in a few seconds.');
      }
      // Whoever finishes hands its place over, so the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
