/** A text as QR code, on demand: for another device's camera (05 section 10.4, C-1). */
import { useEffect, useState } from 'preact/hooks';
import type { QrCode } from '../state/qr.ts';

/** Modules of white around the code, without which readers do not find it. */
const QUIET = 4;

/** @param what the text is, for the name of the picture. */
export function QrButton({ text, what }: { text: string; what: string }) {
  const [shown, setShown] = useState(false);
  const [code, setCode] = useState<QrCode | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!shown) return;
    import('../state/qr.ts').then(
      ({ qrCode }) => setCode(qrCode(text)),
      () => setFailed(true),
    );
  }, [shown, text]);
  return (
    <>
      <button type="button" class="button plain" aria-expanded={shown} onClick={() => setShown(!shown)}>
        Show QR code
      </button>
      {shown && code !== null ? <Picture code={code} name={`QR code of the ${what}`} /> : null}
      {shown && failed ? (
        <p class="note error" role="alert">
          The QR code could not be made.
        </p>
      ) : null}
    </>
  );
}

/** Black on white whatever the theme, in whole modules. */
function Picture({ code, name }: { code: QrCode; name: string }) {
  const size = code.length + 2 * QUIET;
  const dark = code
    .flatMap((row, y) => row.map((on, x) => (on ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')))
    .join('');
  return (
    <svg class="qr-code" role="img" aria-label={name} viewBox={`0 0 ${size} ${size}`}>
      <rect width={size} height={size} fill="#ffffff" />
      <path d={dark} fill="#000000" />
    </svg>
  );
}
