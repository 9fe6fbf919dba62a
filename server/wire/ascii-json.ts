/**
 * JSON text in ASCII as the reference writes its files and invites (01 sections 1.3 and 2.1): everything outside
 * the printable ASCII range stands as `\uXXXX` with lower-case digits, astral characters as surrogate pairs.
 * For plain values of this program only; signed data goes through the lossless printer.
 */

/**
 * JSON of `value`, keys in insertion order.
 * @param indent blanks per level; 0 writes the compact form (`,` and `:` without blanks).
 */
export function asciiJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
