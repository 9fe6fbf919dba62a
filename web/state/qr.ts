/** QR codes of texts (05 section 10.4, C-1; 07 section 5), with as much error correction as a long text leaves room for. */
import qrcode from 'qrcode-generator';

/** Rows of modules; true is dark. The quiet zone is the painter's. */
export type QrCode = readonly (readonly boolean[])[];

/** Bytes the largest code takes at level M and at level L. */
const MAX_BYTES_M = 2_331;
const MAX_BYTES_L = 2_953;

/** @throws {RangeError} a text of more than 2,953 bytes of UTF-8. */
export function qrCode(text: string): QrCode {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_BYTES_L) throw new RangeError('too long for a QR code');
  const code = qrcode(0, bytes.length <= MAX_BYTES_M ? 'M' : 'L');
  // The package takes one character for one byte.
  code.addData(String.fromCharCode(...bytes));
  code.make();
  const size = code.getModuleCount();
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (__, x) => code.isDark(y, x)));
}
