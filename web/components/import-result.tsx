/** What an import is doing, and what came out of it (05 section 10.4, C-4; 10.3, S-6). */
import { useEffect, useState } from 'preact/hooks';
import { dialWords } from '../state/dial-words.ts';
import { dialProgress } from '../state/dial-progress.ts';
import { clearImport, importState, type ImportState } from '../state/import.ts';
import { endpointHealth, isPeerReached, loadDiagnostics, peerName, sections } from '../state/mesh.ts';
import { Button } from './button.tsx';
import { Name, Notice } from './parts.tsx';

export function ImportResult() {
  const current = importState.value;
  switch (current.state) {
    case 'idle':
      return null;
    case 'working':
      return <Working {...current} />;
    case 'connected':
      // What was true then is not said of a peer that has gone since; its card says more.
      if (!isPeerReached(current.peerId)) return null;
      return (
        <Notice tone="ok" action={<Button onClick={clearImport}>OK</Button>}>
          {current.already ? 'Already connected to ' : 'Connected to '}
          <Name>{peerName(current.peerId)}</Name>
          {current.endpoint === null ? '' : ` via ${current.endpoint}`}.
          <OtherSide peerId={current.peerId} />
        </Notice>
      );
    case 'not_connected':
      return (
        <Notice tone="warn" action={<Button onClick={clearImport}>OK</Button>}>
          <p>
            The code is valid and the peer is registered, but it could not be reached. This node keeps trying;
            the other side can also import your code.
          </p>
          {current.endpoints.length === 0 ? <p>The code names no address.</p> : null}
          <ul>
            {current.attempts.map((attempt) => {
              const words = dialWords(attempt.reason);
              return (
                <li key={attempt.endpoint}>
                  <code>{attempt.endpoint}</code>: {words.what}. {words.remedy}
                </li>
              );
            })}
          </ul>
        </Notice>
      );
    case 'failed':
      return <Notice tone="danger">{current.message}</Notice>;
  }
}

/** A connection is one half: the other side has to accept this device, too. */
function OtherSide({ peerId }: { peerId: string }) {
  const peer = sections.value.connected.find((one) => one.peerId === peerId);
  if (peer?.awaitsAcceptance !== true) return null;
  return (
    <p>The other side has not accepted this device yet: ask there to choose Accept on the Connect page.</p>
  );
}

type WorkingProps = Extract<ImportState, { state: 'working' }>;

function Working({ peerId, endpoints, since, before, cancel }: WorkingProps) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => {
      setNow(Date.now());
      loadDiagnostics().catch(() => undefined);
    }, 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <Notice tone="info" action={<Button onClick={cancel}>Cancel</Button>}>
      <p>
        Connecting… <span aria-live="off">{Math.max(0, Math.floor((now - since) / 1_000))} s</span>
      </p>
      {endpoints.length === 0 ? null : (
        <ul>
          {dialProgress(endpoints, before, endpointHealth(peerId)).map(({ endpoint, words }) => (
            <li key={endpoint}>
              <code>{endpoint}</code>: {words}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
