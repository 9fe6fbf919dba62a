/**
 * The terminal log: structured lines on standard error through pino. Field names that could carry secrets or
 * content are redacted wherever they stand; callers must not put such text into messages (03 section 1.5).
 */
import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log } from './log.ts';

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

/** Makes the node's logger. `debug` lowers the level; `destination` is for tests. */
export function createLog(options: { debug: boolean; destination?: DestinationStream }): Log {
  const logger = pino(
    {
      level: options.debug ? 'debug' : 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
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
