import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../server/telemetry/pino-log.ts';

function capture(debug: boolean): {
  lines: () => Record<string, unknown>[];
  log: ReturnType<typeof createLog>;
} {
  let text = '';
  const log = createLog({ debug, destination: { write: (line: string) => void (text += line) } });
  return {
    log,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test('lines are structured and carry the fields of a child', () => {
  const { log, lines } = capture(false);
  log.child({ room: 'mesh' }).info({ peer: 'abc' }, 'connected');
  const [line] = lines();
  assert.equal(line?.['level'], 'info');
  assert.equal(line?.['room'], 'mesh');
  assert.equal(line?.['peer'], 'abc');
  assert.equal(line?.['msg'], 'connected');
});

test('debug lines appear only in debug mode', () => {
  const quiet = capture(false);
  quiet.log.debug({}, 'detail');
  assert.equal(quiet.lines().length, 0);
  const loud = capture(true);
  loud.log.debug({}, 'detail');
  assert.equal(loud.lines().length, 1);
});

test('secrets and content are redacted at the top and one level below', () => {
  const { log, lines } = capture(false);
  log.warn({ password: 'p1', api_key: 'k1', body: { content: 'words', invite_code: 'canopy:x' } }, 'refused');
  const text = JSON.stringify(lines());
  for (const secret of ['p1', 'k1', 'words', 'canopy:x']) assert.ok(!text.includes(`"${secret}"`), secret);
});
