/** Says that this node is gone, and when the page tries again (05 section 10.8, L-5). */
import { useEffect, useState } from 'preact/hooks';
import { outdated, retryNow, streamState } from '../state/live.ts';
import { clockText } from '../state/time.ts';
import { Button } from './button.tsx';
import { Notice } from './parts.tsx';

export function NodeBanner() {
  const state = streamState.value;
  if (state.status === 'down') return <Down since={state.since} retryAt={state.retryAt} />;
  if (!outdated.value) return null;
  return (
    <Notice tone="info" action={<Button onClick={() => window.location.reload()}>Reload to update</Button>}>
      This node runs another version now.
    </Notice>
  );
}

function Down({ since, retryAt }: { since: number; retryAt: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((retryAt - now) / 1_000));
  return (
    <Notice tone="warn" action={<Button onClick={retryNow}>Retry now</Button>}>
      <strong>This node is not answering.</strong>{' '}
      <span aria-live="off">{left > 0 ? `Retrying in ${left} s.` : 'Retrying now.'}</span> Shown as of{' '}
      {clockText(since)}; what you write is sent when it is back.
    </Notice>
  );
}
