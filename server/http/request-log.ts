/** Counts requests; one log line each: method, route template, status, duration, key id. Never bodies, queries or keys. */
import type { RequestHandler } from 'express';
import type { RequestCounts } from './request-counts.ts';
import type { Clock } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';

export function logRequests(components: {
  log: Log;
  ports: { clock: Clock };
  counts: RequestCounts;
}): RequestHandler {
  const { log, counts } = components;
  const { clock } = components.ports;
  return (req, res, next) => {
    const begun = clock.monotonic();
    res.on('close', () => {
      counts.add(res.statusCode);
      const route: unknown = res.locals['route'];
      log.debug(
        {
          method: req.method,
          route: typeof route === 'string' ? route : null,
          status: res.statusCode,
          ms: Math.round(clock.monotonic() - begun),
          key_id: keyId(res.locals['keyId']),
        },
        'request',
      );
    });
    next();
  };
}

function keyId(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
