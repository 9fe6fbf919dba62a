import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../../server/cli/errors.ts';
import { sortArguments } from '../../server/cli/options.ts';

test('words, options and settings are told apart, wherever they stand', () => {
  const line = sortArguments([
    ...['user', '--data-root', '/data', 'create', '--agent', 'anna', '--debug', '--display-name=Anna B'],
    ...['--port=7780', '--json'],
  ]);
  assert.deepEqual(line.words, ['user', 'create', 'anna']);
  assert.deepEqual(
    [...line.options],
    [
      ['--agent', ''],
      ['--display-name', 'Anna B'],
      ['--json', ''],
    ],
  );
  assert.deepEqual(line.settings, ['--data-root', '/data', '--debug', '--port=7780']);
});

test('a value that is missing or too many is said', () => {
  assert.throws(() => sortArguments(['peers', '--key']), CliError);
  assert.throws(() => sortArguments(['peers', '--key', '--json']), /--key needs a value/);
  assert.throws(() => sortArguments(['peers', '--json=1']), /--json takes no value/);
});
