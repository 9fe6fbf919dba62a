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
/** Lists whose order says nothing: sets, and lists ordered by ids that are random. */
const UNORDERED = new Set([
  'permissions',
  'group_members',
  'recipient_ids',
  'local_recipient_ids',
  'encrypted_peer_ids',
  'remote_peer_ids',
]);

/** Lists ordered by times of equal seconds or by arrival: compared element by element, found by this key. */
const FOUND_BY: Readonly<Record<string, string>> = {
  bookmarks: 'id',
  channels: 'id',
  introduced_peers: 'peer_id',
};

/** Keys of a heartbeat that name what came last; whether anything did depends on what else was going on. */
const LATEST = /^(?:last_(?:event|inbox|mention)_(?:seq|id)|latest_(?:inbox|mention)_at)$/;

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
      // Of the journal as a whole: how much stood in it just then.
      if (name === 'count' && 'type_counts' in recorded && Number.isInteger(actual[name])) continue;
      if (LATEST.test(name) && name in actual) continue;
      compare(bindings, below, name, ourName === undefined ? undefined : actual[ourName], value, found);
    }
    return;
  }
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual)) return differs();
    if (SHAPE_ONLY.has(key) || isJournal(key, recorded)) {
      const [first] = recorded;
      const odd = actual.find((item: unknown) => first !== undefined && !sameShape(item, first));
      if (odd !== undefined) differs();
    } else if (actual.length !== recorded.length) {
      // The elements are of this run; their number is what can be stated.
      found.ours[`${path}.length`] = actual.length;
      found.recorded[`${path}.length`] = recorded.length;
      // The newest item of an inbox is named by later exchanges, however many stand behind it.
      if (isInbox(recorded[0]))
        compare(bindings, path, '', actual[0], recorded[0], { ours: {}, recorded: {} });
    } else if (UNORDERED.has(key)) {
      if (!sameElements(bindings, actual, recorded)) differs();
    } else {
      const ours = aligned(bindings, key, actual, recorded);
      recorded.forEach((value: unknown, i) => compare(bindings, `${path}.${i}`, '', ours[i], value, found));
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

/** Our elements in the order of the recorded ones, where the order says nothing. */
function aligned(
  bindings: Bindings,
  key: string,
  actual: readonly unknown[],
  recorded: readonly unknown[],
): readonly unknown[] {
  const by = FOUND_BY[key];
  if (by === undefined) return actual;
  const found = recorded.map((value) => {
    const wanted = isObject(value) ? value[by] : undefined;
    return actual.find(
      (item) => typeof wanted === 'string' && isObject(item) && bindings.matches(wanted, item[by]),
    );
  });
  return found.includes(undefined) ? actual : found;
}

function isInbox(first: unknown): boolean {
  return isObject(first) && 'agent_user_id' in first && 'trigger_type' in first;
}

/** A page of the event journal: which events stand in it depends on timing. */
function isJournal(key: string, recorded: readonly unknown[]): boolean {
  const [first] = recorded;
  return key === 'items' && isObject(first) && 'event_type' in first && 'seq' in first;
}

/** The key of our answer that a recorded key, perhaps with placeholders, stands for. */
function keyFor(bindings: Bindings, actual: Record<string, unknown>, recorded: string): string | undefined {
  if (recorded in actual || !recorded.includes('<')) return recorded;
  return Object.keys(actual).find((name) => bindings.matches(recorded, name));
}

function isTimingCount(key: string): boolean {
  return (
    key === 'pending_inbox' || key === 'unread_count' || key.endsWith('_count') || key.endsWith('_events')
  );
}

function sameElements(bindings: Bindings, actual: readonly unknown[], recorded: readonly unknown[]): boolean {
  const left = [...actual];
  for (const value of recorded) {
    const at = left.findIndex((item) => Object.keys(compareBodies(bindings, item, value).ours).length === 0);
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}

/** Whether both are of one kind and, of objects, `actual` has every key of `recorded`. */
function sameShape(actual: unknown, recorded: unknown): boolean {
  if (isObject(recorded)) return isObject(actual) && Object.keys(recorded).every((name) => name in actual);
  return Array.isArray(recorded) ? Array.isArray(actual) : typeof actual === typeof recorded;
}
