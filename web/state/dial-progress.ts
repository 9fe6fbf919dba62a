/** How far a dial under way has come, address by address (05 section 10.4, C-4). Pure functions. */
import type { EndpointDetail } from '../api/types.ts';
import { dialWords } from './dial-words.ts';

/** When each address last failed, as the node says it; null: never, or unknown. */
export type LastFailures = ReadonlyMap<string, number | null>;

/** What of an address's health is looked at. */
type Health = Pick<EndpointDetail, 'endpoint' | 'last_failure_at' | 'last_failure_reason'>;

export function lastFailures(details: readonly Health[]): LastFailures {
  return new Map(details.map((one) => [one.endpoint, one.last_failure_at ?? null]));
}

/**
 * The state of each address in the order they are dialled, one after the other.
 * @param before as it was when the dial began: compared, so that no clock of another machine matters.
 */
export function dialProgress(
  endpoints: readonly string[],
  before: LastFailures,
  details: readonly Health[],
): { endpoint: string; words: string }[] {
  let isNext = true;
  return endpoints.map((endpoint) => {
    const now = details.find((one) => one.endpoint === endpoint);
    const failed = now?.last_failure_at != null && now.last_failure_at !== (before.get(endpoint) ?? null);
    if (failed) return { endpoint, words: dialWords(now.last_failure_reason ?? 'failed').what };
    const words = isNext ? 'trying' : 'comes next';
    isNext = false;
    return { endpoint, words };
  });
}
