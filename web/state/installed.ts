/**
 * The page's side of its service worker (05 section 10.14, O-2, O-4): registered when the page has time, where the origin
 * permits it; notices go to it, clicks on them come back; the sign of the installed page counts what is unread.
 */
import { effect, type ReadonlySignal } from '@preact/signals';
import type { Notice, Question, Reply } from '../worker/notices.ts';
import { navigate, safeReturnTo } from './router.ts';

/** The one script this page names by itself. */
const WORKER = '/sw.js';

/** The page comes first; the shell is kept when it has been there for so long. */
const REGISTER_AFTER_MS = 3_000;

/** Absent where the page came without encryption from another machine. */
function workers(): ServiceWorkerContainer | null {
  return 'serviceWorker' in navigator && window.isSecureContext ? navigator.serviceWorker : null;
}

/**
 * Registers it, and follows where clicks on notifications lead.
 * @param tab `shown` is told when a notice of this tab is shown, `looksAt` asked whether a conversation is looked at.
 */
export function keepShell(tab: { shown: () => void; looksAt: (place: string) => boolean }): void {
  const container = workers();
  if (container === null) return;
  container.addEventListener('message', ({ data, ports }: MessageEvent<Partial<Reply | Question> | null>) => {
    if (data?.kind === 'shown') tab.shown();
    if (data?.kind === 'looks') ports[0]?.postMessage(tab.looksAt(data.place ?? ''));
    if (data?.kind === 'open' && typeof data.address === 'string') navigate(safeReturnTo(data.address));
  });
  allowWorker();
  window.setTimeout(() => {
    // A browser that forbids it shows the page as before.
    container.register(WORKER, { updateViaCache: 'none' }).catch(() => undefined);
  }, REGISTER_AFTER_MS);
}

/** What not every browser has, and no list of types knows yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string | null }): unknown;
}

/**
 * The content policy lets no text become the address of a script (05 section 10.13, X-1). This lets through one, and no
 * markup: the sanitiser has rules of its own.
 */
function allowWorker(): void {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', {
    createScriptURL: (address) => (address === WORKER ? address : null),
  });
}

/** Asks for a notification; false where there is no worker to show it. */
export function passNotice(notice: Notice): boolean {
  const worker = workers()?.controller ?? null;
  worker?.postMessage(notice);
  return worker !== null;
}

/** Counts on the sign of the installed page. */
export function countOnBadge(unread: ReadonlySignal<number>): void {
  if (!('setAppBadge' in navigator)) return;
  effect(() => {
    const count = unread.value;
    // Pages that are not installed are refused.
    void (count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)).catch(() => undefined);
  });
}
