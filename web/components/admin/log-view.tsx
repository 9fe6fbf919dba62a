/** The newest lines of the node's log, narrowed by level, part and text (05 section 10.15, K-6). Secrets are not in it. */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../state/session.ts';
import { parseTime } from '../../state/time.ts';
import { Button } from '../button.tsx';
import { Field, Select } from '../field.tsx';
import { Notice, Time } from '../parts.tsx';
import { Region } from '../region.tsx';
import { problemText } from '../saving.ts';

interface LogAnswer {
  lines: readonly { time: string; level: string; room: string | null; message: string; details: string }[];
  rooms: readonly string[];
  has_older: boolean;
  file: string | null;
}

const LEVELS = [
  ['info', 'Everything'],
  ['warn', 'Warnings and errors'],
  ['error', 'Errors'],
] as const;
const PAGE = 100;
/** The node's limit of one answer. */
const MOST = 500;

export function LogView() {
  const [level, setLevel] = useState('info');
  const [room, setRoom] = useState('');
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const [answer, setAnswer] = useState<LogAnswer | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = async (): Promise<void> => {
    const query = new URLSearchParams({
      level,
      limit: String(limit),
      ...(room === '' ? {} : { room }),
      q: text,
    });
    try {
      setAnswer(await api.get<LogAnswer>(`/api/v1/admin/log?${query.toString()}`));
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  useEffect(() => void load(), [level, room, limit]);
  return (
    <Region title="Log" action={<Button onClick={load}>Refresh</Button>}>
      <form
        class="log-filter"
        onSubmit={(event) => {
          event.preventDefault();
          void load();
        }}
      >
        <Select label="Level" value={level} options={LEVELS} onChange={setLevel} />
        <Select
          label="Part"
          value={room}
          options={[['', 'All'], ...(answer?.rooms ?? []).map((name) => [name, name] as const)]}
          onChange={setRoom}
        />
        <Field label="Contains" value={text} onInput={setText} hint="Press Enter to look." />
      </form>
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {answer?.lines.length === 0 ? (
        <p class="note">
          {answer.file === null ? 'This node writes no log files.' : 'No line is like that.'}
        </p>
      ) : null}
      <ol class="log-lines">
        {(answer?.lines ?? []).map((line, index) => (
          <LogLine key={`${line.time}:${index}`} line={line} />
        ))}
      </ol>
      {answer !== null && answer.lines.length === limit && limit < MOST ? (
        <Button onClick={() => setLimit(Math.min(MOST, limit + PAGE))}>Older lines</Button>
      ) : null}
      {answer?.file == null ? null : (
        <p class="note">
          The whole log is in <code>{answer.file}</code> on the machine of this node.
        </p>
      )}
    </Region>
  );
}

function LogLine({ line }: { line: LogAnswer['lines'][number] }) {
  const at = parseTime(line.time);
  return (
    <li class={`log-line ${line.level}`}>
      <span class="quiet-text">{at === null ? line.time : <Time at={at} />}</span>
      <span class="log-level">{line.level}</span>
      <span class="log-text">
        {line.room === null ? null : <span class="quiet-text">{line.room} </span>}
        <bdi>{line.message}</bdi> {line.details === '' ? null : <code>{line.details}</code>}
      </span>
    </li>
  );
}
