/** Judges one answer: as recorded, as wanted where the recorded one is a defect, or different. */
import { isObject } from '../check.ts';
import { compareBodies, type Differences } from './compare.ts';
import type { Exchange } from './exchange.ts';
import type { Bindings } from './placeholders.ts';
import { isUnknownRoute, type ReadAnswer } from './run-state.ts';

/** What became of an exchange. */
export type Verdict =
  | { kind: 'passed' }
  | { kind: 'omitted'; reason: string }
  | { kind: 'different'; ours: unknown; recorded: unknown }
  | { kind: 'failed'; message: string };

/** @returns `different` with what differs, unless the answer is right. */
export function judge(bindings: Bindings, exchange: Exchange, answer: ReadAnswer): Verdict {
  const { wanted } = exchange;
  if (exchange.verdict === 'defect' && wanted != null) {
    const found = compareBodies(bindings, answer.body, wanted.body ?? {});
    const body = wanted.body === null ? {} : found.ours;
    if (wanted.status.includes(answer.status) && Object.keys(body).length === 0) return { kind: 'passed' };
    if (wanted.or_recorded !== true) {
      if (!wanted.status.includes(answer.status)) {
        found.ours['status'] = answer.status;
        found.recorded['status'] = wanted.status;
      }
      return isNotHere(exchange, answer) ? notHere() : verdictOf(found);
    }
  }
  const found = compareWithRecorded(bindings, exchange, answer);
  if (Object.keys(found.ours).length > 0 && isNotHere(exchange, answer)) return notHere();
  return verdictOf(found);
}

/** Of the first two tiers every route is here, so there an unknown one is a wrong answer. */
function isNotHere(exchange: Exchange, answer: ReadAnswer): boolean {
  return exchange.tier === 'T3' && isUnknownRoute(answer);
}

function notHere(): Verdict {
  return { kind: 'omitted', reason: 'a route of the third tier, which this program does not have' };
}

function verdictOf({ ours, recorded }: Differences): Verdict {
  return Object.keys(ours).length === 0 ? { kind: 'passed' } : { kind: 'different', ours, recorded };
}

function compareWithRecorded(bindings: Bindings, exchange: Exchange, answer: ReadAnswer): Differences {
  const { status, headers, body } = exchange.response;
  const found =
    isObject(body) && ('<html>' in body || '<bytes>' in body)
      ? { ours: {}, recorded: {} }
      : compareBodies(bindings, answer.body, isObject(body) && body['<raw>'] === '' ? null : body);
  const differs = (what: string, ours: unknown, recorded: unknown): void => {
    found.ours[what] = ours;
    found.recorded[what] = recorded;
  };
  if (answer.status !== status) differs('status', answer.status, status);
  const type = (text: string | undefined): string =>
    (text ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const recordedType = headers['content-type'];
  if (recordedType !== undefined && type(answer.headers['content-type']) !== type(recordedType))
    differs('content-type', type(answer.headers['content-type']), type(recordedType));
  const location = headers['location'];
  if (location !== undefined && !bindings.matches(location, answer.headers.location))
    differs('location', answer.headers.location ?? null, location);
  if (headers['retry-after'] !== undefined && answer.headers['retry-after'] === undefined)
    differs('retry-after', null, headers['retry-after']);
  return found;
}
