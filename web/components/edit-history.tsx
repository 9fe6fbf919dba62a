/** What an edited message said before (05 section 10.5, M-7). */
import { useEffect, useState } from 'preact/hooks';
import { messagePath } from '../state/message-path.ts';
import { api } from '../state/session.ts';
import type { Entry } from '../state/thread.ts';
import { parseTime } from '../state/time.ts';
import { Markdown } from './markdown.tsx';
import { Time } from './parts.tsx';

interface Version {
  content: string;
  written_at: string | null;
}

export function EditHistory({ entry }: { entry: Entry }) {
  const [versions, setVersions] = useState<readonly Version[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    api
      .get<{ versions: Version[] }>(`${messagePath(entry)}/history`)
      .then(({ versions: list }) => setVersions([...list].reverse()))
      .catch((cause: unknown) =>
        setError(cause instanceof Error ? cause.message : 'The earlier texts could not be read.'),
      );
  }, [entry.id, entry.text]);
  return (
    <>
      <h2>Earlier texts</h2>
      {error === null ? null : <p class="note error">{error}</p>}
      {versions?.length === 0 ? (
        <p class="quiet-text">This device has none: it got the message as it is now.</p>
      ) : null}
      <ol class="plain-list">
        {(versions ?? []).map((version, index) => {
          const at = parseTime(version.written_at);
          return (
            <li key={index}>
              {at === null ? null : (
                <p class="quiet-text">
                  <Time at={at} />
                </p>
              )}
              <Markdown text={version.content} />
            </li>
          );
        })}
      </ol>
    </>
  );
}
