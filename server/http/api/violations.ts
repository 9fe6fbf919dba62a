/**
 * What the content policy of the page stopped, as browsers report it (05 section 10.13, X-1): into the log of this node
 * and nowhere else. Anybody can send such a report, so it is short, few are written, and nothing that somebody wrote
 * gets into the log with it.
 */
import * as z from 'zod';
import type { Clock } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import { fewReports } from '../few-reports.ts';
import { CSP_REPORTS } from '../headers.ts';
import { ok, type Route } from '../routes.ts';
import { pageSchemas } from '../schemas/page.ts';
import { requireOwnSite } from '../site-check.ts';

/** Directives and addresses of ours are shorter. */
const MAX_CHARS = 200;

const word = z.string().catch('').default('');
const report = z.object({
  'csp-report': z.object({
    'document-uri': word,
    'effective-directive': word,
    'violated-directive': word,
    'blocked-uri': word,
    'source-file': word,
    'line-number': z.number().int().nullable().catch(null).default(null),
  }),
});

export function violationRoute(components: { log: Log; ports: { clock: Clock } }): Route {
  const { log, ports } = components;
  const mayWrite = fewReports(ports.clock);
  return {
    method: 'POST',
    path: CSP_REPORTS,
    access: 'open',
    body: 'silent',
    schema: pageSchemas.violation,
    handle: ({ req, body }) => {
      requireOwnSite(req);
      const { success, data } = report.safeParse(body);
      if (!mayWrite() || !success) return ok({ success: true });
      const said = data['csp-report'];
      log.warn(
        {
          page: pathOf(said['document-uri']),
          directive: (said['effective-directive'] || said['violated-directive']).slice(0, MAX_CHARS),
          blocked: originOf(said['blocked-uri']),
          script: pathOf(said['source-file']),
          line: said['line-number'],
        },
        'the content policy of the page stopped something',
      );
      return ok({ success: true });
    },
  };
}

/** Without what is looked for or opened there. */
function pathOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).pathname.slice(0, MAX_CHARS) : null;
}

/** Only where it would have come from; what has no address is named by a word (`inline`, `trusted-types-sink`). */
function originOf(address: string): string {
  if (/^[a-z-]{1,30}$/u.test(address)) return address;
  if (!URL.canParse(address)) return '';
  const { origin, protocol } = new URL(address);
  return (origin === 'null' ? protocol : origin).slice(0, MAX_CHARS);
}
