/** Compares an answer with a recorded one: every recorded key with a matching value, more keys allowed. */
import { isObject } from '../check.ts';
import type { Bindings } from './placeholders.ts';

/** Lists that depend on who is connected and on timing: the shape of their elements is compared, not their number. */
const SHAPE_ONLY = new Set([
  'capabilities',
  'connected_peers',
  'connected_peers_list',
  'connected_peer_ids',
  'active_catchups',
  'events',
  'recent_failures',
  'recent_peer_state_transitions',
]);
/** Lists whose order says nothing. */
const UNORDERED = new Set(['permissions']);

/** What differs, `path: value` on each side. */
export interface Differences {
  ours: Record<string, unknown>;
  recorded: Record<string, unknown>;
}

/** Finds what differs between our answer and the recorded one; an empty result is a match. */
export function compareBodies(bindings: Bindings, actual: unknown, recorded: unknown): Differences {
  const found: Differences = { ours: {}, recorded: {} };
  compare(bindings, '', '', actual, recorded, found);
  return found;
}

function compare(
  bindings: Bindings,
  path: string,
  key: string,
  actual: unknown,
  recorded: unknown,
  found: Differences,
): void {
  const differs = (): void => {
    found.ours[path] = actual === undefined ? '(nothing)' : bindings.generalise(actual);
    found.recorded[path] = recorded;
  };
  if (isObject(recorded)) {
    if (!isObject(actual)) return differs();
    for (const [name, value] of Object.entries(recorded)) {
      const ourName = keyFor(bindings, actual, name);
      const below = path === '' ? name : `${path}.${name}`;
      compare(bindings, below, name, ourName === undefined ? undefined : actual[ourName], value, found);
    }
    return;
  }
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return differs();
    if (SHAPE_ONLY.has(key)) {
      const [first] = recorded;
      if (actual.length > 0 && first !== undefined && shapeOf(actual[0]) !== shapeOf(first)) differs();
    } else if (UNORDERED.has(key)) {
      if (JSON.stringify(actual.toSorted()) !== JSON.stringify(recorded.toSorted())) differs();
    } else if (actual.length !== recorded.length) {
      differs();
    } else {
      recorded.forEach((value: unknown, i) => compare(bindings, `${path}.${i}`, '', actual[i], value, found));
    }
    return;
  }
  if (isTimingCount(key) && Number.isInteger(recorded)) {
    if (!Number.isInteger(actual)) differs();
  } else if (key === 'message' && typeof recorded === 'string' && recorded.includes(' ')) {
    if (typeof actual !== 'string') differs();
  } else if (typeof recorded === 'string') {
    if (!bindings.matches(recorded, actual)) differs();
  } else if (!Object.is(actual, recorded)) differs();
}

/** The key of our answer that a recorded key, perhaps with placeholders, stands for. */
function keyFor(bindings: Bindings, actual: Record<string, unknown>, recorded: string): string | undefined {
  if (recorded in actual || !recorded.includes('<')) return recorded;
  return Object.keys(actual).find((name) => bindings.matches(recorded, name));
}

function isTimingCount(key: string): boolean {
  return key === 'pending_inbox' || key === 'unread_count' || key.endsWith('_count');
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : isObject(value) ? 'object' : typeof value;
}
