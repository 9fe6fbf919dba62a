/**
 * Who is signed in, and the client every other part of the page calls the node with (05 sections 4.1, 10.3, 10.8 L-6).
 */
import { computed, signal } from '@preact/signals';
import { ApiClient, ApiError } from '../api/client.ts';
import { PROBE_MS, type Health } from '../api/event-stream.ts';
import type { SessionAnswer, SessionUser } from '../api/types.ts';
import { browserStore, tabStore } from './storage.ts';
import { claimTab } from './tab-owner.ts';

/** `null` until the node answered for the first time. */
export const session = signal<SessionAnswer | null>(null);
/** The signed-in person; kept while the session is being renewed so that the page stays as it is. */
export const me = signal<SessionUser | null>(null);
export const isOwner = computed(() => me.value?.is_owner === true);
/** Set while the sign-in dialog over the page is open. */
export const expired = signal(false);

/** Who was signed in last, in this browser's storage until sign-out. */
const LAST = 'last-account';

let renewal: {
  promise: Promise<boolean>;
  settle: (ok: boolean) => void;
} | null = null;

/**
 * Opens the sign-in dialog over the page; every failed call waits for the same dialog. Not when the session has been
 * renewed already: a call may have been on its way with the old one while the password was changed.
 */
async function renewSession(): Promise<boolean> {
  if (renewal === null && (await stillSignedIn())) return true;
  if (me.value === null) return false;
  if (renewal === null) {
    let settle: (ok: boolean) => void = () => undefined;
    const promise = new Promise<boolean>((resolve) => (settle = resolve));
    renewal = { promise, settle };
    expired.value = true;
  }
  return renewal.promise;
}

async function stillSignedIn(): Promise<boolean> {
  if (me.value === null) return false;
  const answer = await readSession().catch(() => null);
  if (answer?.authenticated !== true || answer.user?.id !== me.value?.id) return false;
  api.csrfToken = answer.csrf_token;
  return true;
}

function endRenewal(ok: boolean): void {
  expired.value = false;
  renewal?.settle(ok);
  renewal = null;
}

/** The client of this page. */
export const api: ApiClient = new ApiClient({
  fetch: (path, init) => fetch(path, init),
  renewToken: async () => {
    const { user, csrf_token: token } = await readSession();
    // Another tab signed in as somebody else: what this page wanted to do is not theirs.
    return me.value !== null && user !== null && user.id !== me.value.id ? api.csrfToken : token;
  },
  signIn: renewSession,
});

function readSession(timeoutMs = 5_000): Promise<SessionAnswer> {
  return api.get<SessionAnswer>('/api/v1/session', {
    anonymous: true,
    timeoutMs,
  });
}

/** Asks the node who is signed in. */
export async function loadSession(): Promise<void> {
  const answer = await readSession();
  api.csrfToken = answer.csrf_token;
  if (answer.user !== null && !expired.value) await claim(answer.user.id);
  session.value = answer;
  browserStore.write(LAST, answer.user);
  // While sign-in is asked for over the page, the page stays the account's it is.
  if (!expired.value) me.value = answer.user;
}

/** In this document; its state in memory is that account's. */
let claimedBy: string | null = null;

/** Begins anew where the tab, or what it has in memory, was another account's. */
async function claim(userId: string): Promise<void> {
  const inMemory = claimedBy !== null && claimedBy !== userId;
  if (claimTab(tabStore, userId) || inMemory) {
    if (inMemory) tabStore.erase();
    window.location.reload();
    // Nothing of this page goes on.
    await new Promise(() => undefined);
  }
  claimedBy = userId;
}

// Another tab signed in as somebody else: the cookie is theirs now, and this page must not speak with it.
browserStore.onChange(LAST, (user) => {
  if (me.value !== null && isUser(user) && user.id !== me.value.id) window.location.reload();
});

/**
 * Opens the page while the node is away (05 section 10.14, O-2) as whoever was signed in last: drafts and the queue are
 * theirs; everything else is asked for when the node is back, with the session it then knows.
 * @returns whether there is somebody.
 */
export function resumeAway(): boolean {
  const user = browserStore.read(LAST);
  if (!isUser(user)) return false;
  session.value = {
    authenticated: true,
    has_users: true,
    user,
    csrf_token: '',
  };
  me.value = user;
  return true;
}

function isUser(value: unknown): value is SessionUser {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';
}

/** Whether the node answers and still knows the session; for the event stream. */
export async function probe(): Promise<Health> {
  try {
    const answer = await readSession(PROBE_MS);
    api.csrfToken = answer.csrf_token;
    return answer.authenticated ? 'ok' : 'signed_out';
  } catch (error) {
    return error instanceof ApiError && !error.unreachable ? 'ok' : 'unreachable';
  }
}

/** The session ended without a call of ours noticing: asks to sign in, unless that is going on already. */
export function sessionEnded(): Promise<boolean> {
  return renewSession();
}

/** Signs in. @throws {ApiError} with the node's sentence. */
export async function login(username: string, password: string): Promise<void> {
  const before = me.value?.id;
  await api.post('/login', { username, password }, { anonymous: true });
  await loadSession();
  if (expired.value) {
    // Somebody else signed in over the page: what waited belongs to the other account.
    if (before !== session.value?.user?.id) {
      tabStore.erase();
      window.location.reload();
      return;
    }
    endRenewal(session.value?.authenticated === true);
  }
}

/** Ends the wait for sign-in when the session is there again. */
export async function checkRenewed(): Promise<void> {
  await loadSession().catch(() => undefined);
  if (expired.value && session.value?.user?.id === me.value?.id && session.value?.authenticated === true)
    endRenewal(true);
}

/** Gives up the renewal: back to the sign-in page. */
export function abandonSession(): void {
  me.value = null;
  endRenewal(false);
  if (session.value !== null) session.value = { ...session.value, authenticated: false, user: null };
}

/** What both account forms send. */
export interface AccountForm {
  username: string;
  password: string;
  displayName?: string;
}

/** Creates the first account and signs in. @throws {ApiError} with `violations` when the node refuses. */
export async function setUp(form: AccountForm): Promise<void> {
  await createAccount('/setup', form);
}

/** Creates a further account and signs in. */
export async function register(form: AccountForm): Promise<void> {
  await createAccount('/register', form);
}

async function createAccount(path: string, form: AccountForm): Promise<void> {
  const { username, password, displayName } = form;
  const body = {
    username,
    password,
    password_confirm: password,
    display_name: displayName?.trim() || username,
  };
  await api.post(path, body, { anonymous: true });
  await loadSession();
}

/**
 * Changes the own password. The node ends every other session and gives this one a new cookie and token.
 * @throws {ApiError} with `field` `current_password` or `password`.
 */
export async function changePassword(current: string, password: string): Promise<void> {
  const answer = await api.post<{ csrf_token: string }>('/ajax/change_password', {
    current_password: current,
    new_password: password,
    confirm_password: password,
  });
  api.csrfToken = answer.csrf_token;
  // What was on its way with the old session may have asked for a sign-in meanwhile.
  if (expired.value) await checkRenewed();
}

/** Signs out and erases drafts and the unsent queue (05 section 10.13, X-6). */
export async function signOut(): Promise<void> {
  await api.post('/logout', {}, { anonymous: true });
  tabStore.erase();
  browserStore.erase();
  me.value = null;
  // Everything else in memory belonged to the account too.
  window.location.assign('/login');
}
