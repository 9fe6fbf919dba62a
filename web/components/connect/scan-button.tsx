/** Reads an invite code by camera, where this browser can (05 section 10.2); what was read is put into the field, not imported. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cameraWords, canScan, codeReader, scan } from '../../state/qr-scan.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';

const NAME = 'Scan QR code';

export function ScanButton({ onCode }: { onCode: (code: string) => void }) {
  const [offered, setOffered] = useState(false);
  const [open, setOpen] = useState(false);
  useEffect(() => void canScan().then(setOffered), []);
  if (!offered) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{NAME}</Button>
      {open ? (
        <ScanDialog
          onClose={() => setOpen(false)}
          onCode={(code) => {
            setOpen(false);
            onCode(code);
          }}
        />
      ) : null}
    </>
  );
}

function ScanDialog({ onClose, onCode }: { onClose: () => void; onCode: (code: string) => void }) {
  const [words, setWords] = useState<string | null>(null);
  const place = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const stopped = new AbortController();
    let camera: MediaStream | null = null;
    const letGo = (): void => camera?.getTracks().forEach((track) => track.stop());
    const run = async (video: HTMLVideoElement): Promise<void> => {
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      // Closed while the browser was asking.
      if (stopped.signal.aborted) return letGo();
      video.srcObject = camera;
      await video.play();
      const onOther = (): void => setWords('This QR code is not an invite code.');
      const code = await scan(codeReader(), video, { signal: stopped.signal, onOther });
      if (code !== null) onCode(code);
    };
    if (place.current !== null)
      run(place.current).catch((error: unknown) => {
        if (!stopped.signal.aborted) setWords(cameraWords(error));
      });
    return () => {
      stopped.abort();
      letGo();
    };
  }, []);
  return (
    <Dialog title={NAME} onClose={onClose}>
      <video class="camera" ref={place} muted playsInline aria-label="Camera" />
      <p role="status">{words ?? "Hold the QR code of your friend's invite in front of the camera."}</p>
      <div class="row-actions">
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
