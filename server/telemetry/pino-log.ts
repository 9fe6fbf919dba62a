/**
 * The log of a node: structured lines on standard error and in the log files, through pino. Field names that could carry secrets or
 * content are redacted wherever they stand; callers must not put such text into messages (03 section 1.5).
 */
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log } from './log.ts';
import type { LogFiles } from './log-files.ts';

/** Field names whose values never reach a log. */
const REDACTED = [
  'password',
  'api_key',
  'apiKey',
  'invite',
  'invite_code',
  'inviteCode',
  'secret',
  'secretKey',
  'privateKey',
  'token',
  'cookie',
  'authorization',
  'content',
  'text',
  'preview',
];

/** Makes the node's logger. `debug` lowers the level; `destination`, in place of the terminal, is for tests. */
export function createLog(options: {
  debug: boolean;
  files?: LogFiles | null;
  destination?: DestinationStream;
}): Log {
  const level = options.debug ? 'debug' : 'info';
  const terminal = options.destination ?? pino.destination({ fd: 2, sync: true });
  const files = options.files ?? null;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    files === null
      ? terminal
      : pino.multistream([
          { level, stream: terminal },
          { level, stream: files.everything },
          { level: 'error', stream: files.errors },
        ]),
  );
  return wrap(logger);
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
