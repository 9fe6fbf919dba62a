/** The sessions of this account: where it is signed in, until when, and ending them (05 sections 10.13 X-5, 10.15 K-4). */
import { useEffect, useState } from 'preact/hooks';
import type { SessionInfo } from '../../api/types.ts';
import { deviceWords } from '../../state/devices.ts';
import { speak } from '../../state/notices.ts';
import { api } from '../../state/session.ts';
import { exactText, parseTime, untilText } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { CheckIcon } from '../icons.tsx';
import { Notice, Time } from '../parts.tsx';
import { Region } from '../region.tsx';

const ADDRESS = '/api/v1/sessions';

/** @param turn another number reads the list again. */
export function OwnSessions({ turn }: { turn: number }) {
  const [sessions, setSessions] = useState<readonly SessionInfo[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = async (): Promise<void> => {
    try {
      setSessions((await api.get<{ sessions: SessionInfo[] }>(ADDRESS)).sessions);
      setError(null);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The sessions could not be read.');
    }
  };
  useEffect(() => {
    void load();
    const returned = (): void => {
      if (document.visibilityState === 'visible') void load();
    };
    document.addEventListener('visibilitychange', returned);
    return () => document.removeEventListener('visibilitychange', returned);
  }, [turn]);

  const end = async (address: string, words: string): Promise<void> => {
    try {
      await api.delete(address);
      speak(words);
      await load();
    } catch (cause) {
      await load();
      setError(cause instanceof Error ? cause.message : 'The session could not be ended.');
    }
  };
  const ordered = [...(sessions ?? [])].sort((a, b) => Number(b.current) - Number(a.current));
  return (
    <Region
      title="Sessions"
      action={
        ordered.length < 2 ? null : (
          <Button kind="danger" onClick={() => end(ADDRESS, 'All other sessions were ended')}>
            End all other sessions
          </Button>
        )
      }
    >
      <p class="quiet-text">
        Where you are signed in. A session ends by itself after 7 days without use, and 31 days after signing
        in at the latest.
      </p>
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {sessions === null ? null : (
        <ul class="lines">
          {ordered.map((session) => (
            <SessionLine
              key={session.id}
              session={session}
              end={() => end(`${ADDRESS}/${encodeURIComponent(session.id)}`, 'The session was ended')}
            />
          ))}
        </ul>
      )}
    </Region>
  );
}

function SessionLine({ session, end }: { session: SessionInfo; end: () => Promise<void> }) {
  const device = deviceWords(session.user_agent);
  const created = parseTime(session.created_at);
  const seen = parseTime(session.last_seen_at);
  const expires = parseTime(session.expires_at);
  return (
    <li class="line">
      <div class="line-text">
        <p class="card-title">
          <span class="strong">{device}</span>
          {session.current ? (
            <span class="badge ok">
              <CheckIcon />
              <span>This browser</span>
            </span>
          ) : null}
        </p>
        <p class="quiet-text facts-line">
          {session.address === null ? null : <span>{session.address}</span>}
          {created === null ? null : (
            <span>
              signed in <Time at={created} />
            </span>
          )}
          {seen === null || session.current ? null : (
            <span>
              last used <Time at={seen} />
            </span>
          )}
          {expires === null ? null : (
            <span title={exactText(expires)}>expires {untilText(expires, Date.now())}</span>
          )}
        </p>
      </div>
      {session.current ? null : (
        <Button onClick={end} label={`End session: ${device}`}>
          End
        </Button>
      )}
    </li>
  );
}
