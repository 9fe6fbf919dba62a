/** Who may call a route, as data (columns "Permission" and "Session" of 04 section 2). */
import type { Permission } from '../workspace/api-keys.ts';

/** Who may call a route (columns "Permission" and "Session" of 04 section 2). */
export interface Access {
  /** What a key needs; null when every valid key of an active account will do. */
  permission: Permission | null;
  /** Whether a browser session is enough by itself (S). Other routes take one only from this node's own page. */
  session: boolean;
  /** Whether nothing but a browser session will do: what is about the person, not about their scripts. */
  sessionOnly?: true;
  /** Whether accounts waiting for approval may call it. */
  pending: boolean;
}

/** S: every key and every session will do. */
export const ANY_KEY_OR_SESSION: Access = { permission: null, session: true, pending: false };
/** The person in the browser, no key: sessions, the password, other people's accounts. */
export const SESSION: Access = { permission: null, session: true, sessionOnly: true, pending: false };
/** A key that may delete, or any session. */
export const DELETING_KEY_OR_SESSION: Access = { permission: 'delete_data', session: true, pending: false };
/** Any key of an active account. */
export const ANY_KEY: Access = { permission: null, session: false, pending: false };
function keyWith(permission: Permission): Access {
  return { permission, session: false, pending: false };
}
/** Any key, also of an account that waits for approval. */
export const ANY_KEY_PENDING: Access = { permission: null, session: false, pending: true };
/** A key with the named permission. */
export const KEY = {
  read_messages: keyWith('read_messages'),
  write_messages: keyWith('write_messages'),
  read_files: keyWith('read_files'),
  write_files: keyWith('write_files'),
  read_feed: keyWith('read_feed'),
  write_feed: keyWith('write_feed'),
  delete_data: keyWith('delete_data'),
  manage_keys: keyWith('manage_keys'),
  view_trust: keyWith('view_trust'),
} as const;
