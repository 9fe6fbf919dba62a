/** The `security` object of a channel message: known keys, scalars, bounded (03 section 5.4 step 11). */

const KEYS: ReadonlySet<string> = new Set([
  'algorithm',
  'ciphertext',
  'nonce',
  'sender_key',
  'recipient_key',
  'version',
  'payload_format',
  'key_id',
  'tag',
  'aad',
  'iv',
  'salt',
  'kdf',
]);
/** Foreign metadata is kept as it came, so it is bounded: one text, the entries of one level, all of it as JSON. */
const MAX_TEXT = 4096;
const MAX_ITEMS = 64;
const MAX_JSON = 16_384;
/** Characters of an unknown key that its refusal names. */
const MAX_NAMED = 40;

/** The known keys of `security`; `null` when one of them holds something else, or all together too much. */
export function securityMetadata(
  security: Readonly<Record<string, unknown>> | null,
): Record<string, unknown> | null {
  if (security === null) return null;
  const known = Object.entries(security).filter(([key]) => KEYS.has(key));
  if (known.length === 0 || !known.every(([, value]) => isScalar(value) || isScalarList(value))) return null;
  const result = Object.fromEntries(known);
  return JSON.stringify(result).length > MAX_JSON ? null : result;
}

/** Why what a local client gives as `security` is not taken; null when it is (04 section 3.8). */
export function securityRefusal(security: Readonly<Record<string, unknown>>): string | null {
  const unknown = Object.keys(security).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return `Unsupported security field: ${unknown.slice(0, MAX_NAMED)}`;
  if (JSON.stringify(security).length > MAX_JSON) return 'Security metadata too large';
  const odd = Object.entries(security).find(([, value]) => !isScalar(value) && !isScalarList(value));
  return odd === undefined ? null : `Invalid security field: ${odd[0]}`;
}

function isScalarList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= MAX_ITEMS && value.every(isScalar);
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}
