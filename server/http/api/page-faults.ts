/**
 * A part of the page that could not be drawn, as the page reports it (05 section 10.15, K-9): into the log of this node and
 * nowhere else, under an id that the page shows. Anybody can send one, so few are written, and nothing that somebody
 * wrote gets in with them: what kind of error, on which page, and where in our own scripts.
 */
import * as z from 'zod';
import { toHex } from '../../crypto/bytes.ts';
import type { Clock, Random } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import { ERROR_ID_BYTES } from '../error-handler.ts';
import { fewReports } from '../few-reports.ts';
import { ok, type Route } from '../routes.ts';
import { pageSchemas } from '../schemas/page.ts';
import { requireOwnSite } from '../site-check.ts';

/** Below these calls stands the frame of every page. */
const MAX_PLACES = 8;

const report = z.object({
  error: z
    .string()
    .regex(/^[A-Za-z]{1,40}$/)
    .catch('unknown'),
  page: z
    .string()
    .regex(/^\/[a-z/-]{0,60}$/)
    .nullable()
    .catch(null),
  at: z.array(z.unknown()).catch([]),
});
const place = z.string().regex(/^[\w-]{1,60}\.js:\d{1,7}:\d{1,7}$/);

export function pageFaultRoute(components: { log: Log; ports: { clock: Clock; random: Random } }): Route {
  const { log, ports } = components;
  const mayWrite = fewReports(ports.clock);
  return {
    method: 'POST',
    path: '/ajax/page-fault',
    access: 'open',
    body: 'silent',
    schema: pageSchemas.fault,
    handle: ({ req, body }) => {
      requireOwnSite(req);
      if (!mayWrite()) return ok({ success: true, error_id: null });
      const { error, page, at } = report.parse(body);
      const error_id = toHex(ports.random.bytes(ERROR_ID_BYTES));
      const places = at.slice(0, MAX_PLACES).filter((one) => place.safeParse(one).success);
      log.error({ page, error, at: places, error_id }, 'a page could not be drawn');
      return ok({ success: true, error_id });
    },
  };
}
