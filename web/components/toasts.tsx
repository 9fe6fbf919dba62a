/** Toasts and the polite live region (05 sections 10.11 A-2, 11.5). */
import { useEffect, useRef, useState } from 'preact/hooks';
import { closeToast, spoken, toasts, type Toast } from '../state/notices.ts';
import { location } from '../state/router.ts';
import { Button, IconButton } from './button.tsx';
import { CloseIcon } from './icons.tsx';
import { Name } from './parts.tsx';

/** How long a toast without a question stays; it waits while it is pointed at or has focus. */
const SHOWN_MS = 6_000;

/** What screen readers are told besides what is on the screen. */
export function Spoken() {
  return (
    <div class="visually-hidden" role="status">
      {spoken.value}
    </div>
  );
}

/** Stands above the content and never over it: nothing is covered by what is not answered yet. */
export function Toasts() {
  // On Connect requests and warnings stand in regions of their own, with their buttons.
  const onConnect = location.value.path === '/connect';
  const shown = toasts.value.filter((toast) => !(onConnect && /^(?:request|alarm):/.test(toast.key)));
  return (
    <div class="toasts" role="status">
      {shown.map((toast) => (
        <ToastCard key={toast.key} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const card = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    if (toast.actions.length > 0) return undefined;
    let left = SHOWN_MS;
    const timer = window.setInterval(() => {
      if (card.current?.matches(':hover, :focus-within') === true) return;
      left -= 1_000;
      if (left <= 0) closeToast(toast.key);
    }, 1_000);
    return () => window.clearInterval(timer);
  }, [toast]);
  const take = async (run: () => void | Promise<void>): Promise<void> => {
    setError(null);
    try {
      await run();
      closeToast(toast.key);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    }
  };
  return (
    <div class="toast" ref={card}>
      <p>
        <Name>{toast.text}</Name>
      </p>
      <div class="row-actions">
        {toast.actions.map((action, index) => (
          <Button
            key={action.label}
            kind={index === 0 ? 'primary' : 'plain'}
            onClick={() => take(action.run)}
          >
            {action.label}
          </Button>
        ))}
        <IconButton name="Close" onClick={() => closeToast(toast.key)}>
          <CloseIcon />
        </IconButton>
      </div>
      {error === null ? null : <p class="note error">{error}</p>}
    </div>
  );
}
