/** A poll: its question, how it stands, and one's own vote, which can be changed while it runs (05 section 10.5, M-16). */
import { useEffect, useState } from 'preact/hooks';
import type { PollJson } from '../../server/http/types/feed.ts';
import { counted, percentWords } from '../state/numbers.ts';
import { api } from '../state/session.ts';
import { exactText, parseTime } from '../state/time.ts';
import { CheckIcon } from './icons.tsx';
import { Name } from './parts.tsx';

interface PollCardProps {
  id: string;
  type: 'feed' | 'channel';
  /** Another value: read it again. */
  turn: unknown;
}

export function PollCard({ id, type, turn }: PollCardProps) {
  const [poll, setPoll] = useState<PollJson | null>(null);
  const [error, setError] = useState<string | null>(null);
  const say = (cause: unknown): void =>
    setError(cause instanceof Error ? cause.message : 'The poll could not be read.');
  useEffect(() => {
    api.get<PollJson>(`/api/v1/polls/${encodeURIComponent(id)}?item_type=${type}`).then(setPoll, say);
  }, [id, turn]);
  if (poll === null) return error === null ? null : <p class="note error">{error}</p>;
  const ends = parseTime(poll.ends_at);
  const vote = async (index: number): Promise<void> => {
    setError(null);
    try {
      const body = { poll_id: id, item_type: type, option_index: index };
      setPoll((await api.post<{ poll: PollJson }>('/api/v1/polls/vote', body)).poll);
    } catch (cause) {
      say(cause);
    }
  };
  return (
    <div class="poll" role="group" aria-label={`Poll: ${poll.question}`}>
      <p class="strong">
        <Name>{poll.question}</Name>
      </p>
      {poll.options.map((option) => (
        <button
          key={option.index}
          type="button"
          class="poll-option"
          aria-pressed={poll.user_vote === option.index}
          disabled={poll.is_closed}
          title={poll.is_closed ? 'The poll is closed.' : undefined}
          onClick={() => void vote(option.index)}
        >
          <span class="poll-words">
            {poll.user_vote === option.index ? <CheckIcon /> : null}
            <Name>{option.label}</Name>
          </span>
          <span class="quiet-text">
            {counted(option.count, 'vote', 'votes')}, {percentWords(option.percent)}
          </span>
          <progress max={100} value={option.percent} aria-hidden="true" />
        </button>
      ))}
      <p class="quiet-text" title={ends === null ? undefined : exactText(ends)}>
        {poll.is_closed ? 'Closed' : poll.status_label} · {counted(poll.total_votes, 'vote', 'votes')}
      </p>
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
