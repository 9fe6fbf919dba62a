/** `/channels/locate?message_id=`: leads to a message wherever it stands (05 sections 3.2 and 9, P-29). */
import { useEffect, useState } from 'preact/hooks';
import { NotHere } from '../components/not-here.tsx';
import { Shell } from '../components/shell.tsx';
import { location, navigate } from '../state/router.ts';
import { api } from '../state/session.ts';

export function LocatePage() {
  const id = location.value.query.get('message_id') ?? '';
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setError(null);
    api
      .get<{ channel_id: string }>(`/api/v1/locate?${new URLSearchParams({ message_id: id }).toString()}`)
      .then(
        ({ channel_id: channel }) =>
          navigate(`/channels?${new URLSearchParams({ channel, focus_message: id }).toString()}`, {
            replace: true,
          }),
        (cause: unknown) =>
          setError(cause instanceof Error ? cause.message : 'The message could not be found.'),
      );
  }, [id]);
  return (
    <Shell title="Message">
      <div class="page">
        <h1>Message</h1>
        {error === null ? null : <NotHere>{error}</NotHere>}
      </div>
    </Shell>
  );
}
