/**
 * All classes of vectors there are, so that one that no module covers is named instead of taken for unknown JSON.
 * Files that only help others are no class.
 */
import path from 'node:path';
import { isObject } from './check.ts';

/** The name of the class a file belongs to, by its content; `null` for JSON nobody knows. */
export function classNameOf(json: unknown, file: string): string | null {
  if (Array.isArray(json)) return json.length > 0 && json.every(isExchange) ? 'rest' : null;
  if (!isObject(json)) return null;
  if (path.basename(file) === 'expected.json') return 'storage';
  if ('schema' in json) return typeof json['class'] === 'string' ? json['class'] : null;
  if ('type' in json && 'examples' in json) return 'messages';
  if ('nodes' in json && 'events' in json) return 'transcripts';
  if ('now' in json && Array.isArray(json['cases'])) return 'ingress';
  if (Array.isArray(json['cases'])) return 'egress';
  if ('endpoint_canonical' in json && 'reconnect_delay_s' in json) return 'helpers';
  if ('group_id' in json && 'api_key_hash' in json) return 'storage';
  return null;
}

/**
 * Whether a file only serves others: the scenario of the exchanges, the identities of the mesh vectors, and the
 * cryptographic vectors of Wycheproof, which the tests of the crypto room run.
 */
export function isHelper(json: unknown, file: string): boolean {
  if (path.basename(file) === '_scenario.json') return true;
  if (isObject(json) && 'algorithm' in json && 'testGroups' in json) return true;
  return (
    path.basename(file) === 'identities.json' && isObject(json) && !('schema' in json) && 'peers' in json
  );
}

/** How many cases a file holds that nobody runs. */
export function countCases(json: unknown): number {
  if (Array.isArray(json)) return json.length;
  if (!isObject(json)) return 1;
  for (const key of ['cases', 'examples']) {
    const list = json[key];
    if (Array.isArray(list)) return list.length;
  }
  return 1;
}

function isExchange(item: unknown): boolean {
  return isObject(item) && 'request' in item && 'response' in item;
}
