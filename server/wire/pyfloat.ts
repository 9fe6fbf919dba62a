/** Prints a double the way the reference does: shortest digits that round-trip, its layout (01 section 7.4). */

/** Smallest decimal exponent that is still printed without an exponent, and the first that no longer is. */
const FIXED_FROM = -4;
const FIXED_BELOW = 16;

/** Text of the double `value`; never confusable with an integer. */
export function pyFloatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (magnitude === 0) return `${sign}0.0`;
  const scientific = magnitude.toExponential(); // d.ddde±x with the shortest digits
  const mark = scientific.indexOf('e');
  const digits = scientific.slice(0, mark).replace('.', '');
  return sign + layOut(digits, Number(scientific.slice(mark + 1)));
}

/** @param exponent decimal exponent of the first digit */
function layOut(digits: string, exponent: number): string {
  if (exponent < FIXED_FROM || exponent >= FIXED_BELOW) {
    const mantissa = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = exponent + 1; // digits before the point
  if (digits.length <= whole) return `${digits}${'0'.repeat(whole - digits.length)}.0`;
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}
