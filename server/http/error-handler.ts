/**
 * The last of every chain of handlers: what was thrown becomes an answer (04 section 1.5). What nobody foresaw goes to the
 * log under an id that the answer names.
 */
import type { ErrorRequestHandler } from 'express';
import { errorAnswer } from './errors.ts';
import { sendJson } from './routes.ts';
import { toHex } from '../crypto/bytes.ts';
import type { Random } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';

/** What a person quotes and finds in the log (05 section 10.15, K-9). */
export const ERROR_ID_BYTES = 6;
/** Below these, and on ports of their own, every answer says whether it went well (07 section 1). */
const SAYS_STATUS = /^\/api(?:\/v1)?\/(?:can|sync)\//;

/** @param init.saysStatus on every path. */
export function errorHandler(
  components: { ports: { random: Random }; log: Log },
  init: { saysStatus: boolean } = { saysStatus: false },
): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const answer = errorAnswer(error);
    if (answer.status >= 500 && answer.body['code'] === 'internal_error') {
      const error_id = toHex(components.ports.random.bytes(ERROR_ID_BYTES));
      answer.body['error_id'] = error_id;
      components.log.error({ err: error, route: res.locals['route'], error_id }, 'a request failed');
    }
    if (init.saysStatus || SAYS_STATUS.test(req.originalUrl)) answer.body['status'] = 'error';
    if (res.headersSent) {
      next(error);
      return;
    }
    // What is left of a refused body is not waited for.
    if (answer.status === 413) res.set('Connection', 'close');
    sendJson(res, answer);
    if (answer.status === 413) res.on('finish', () => req.socket.destroySoon());
  };
}
