/**
 * The service worker (05 sections 10.9 U-4 and 10.14 O-2): keeps the shell of the page for when the node is away, and shows
 * notifications once for all tabs. It is one file under a name that never changes; browsers look for a newer one by
 * themselves.
 */
import { Notices, noticeOf, type Reply } from './notices.ts';
import type { WorkerScope } from './scope.ts';
import { ShellCache } from './shell-cache.ts';

const scope = globalThis as unknown as WorkerScope;
const shell = new ShellCache({
  caches: scope.caches,
  fetch: (request) => scope.fetch(request),
  origin: scope.location.origin,
});
const notices = new Notices(scope);

scope.addEventListener('install', (event) =>
  event.waitUntil(Promise.all([shell.install().catch(() => undefined), scope.skipWaiting()])),
);
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (event) => {
  const answer = shell.answer(event.request);
  if (answer !== null) event.respondWith(answer);
});
scope.addEventListener('message', (event) => {
  const notice = noticeOf(event.data);
  if (notice === null) return;
  event.waitUntil(
    notices.tell(notice).then((shown) => {
      if (shown) event.source?.postMessage({ kind: 'shown' } satisfies Reply);
    }),
  );
});
scope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const data = event.notification.data as { address?: unknown } | null;
  if (typeof data?.address === 'string') event.waitUntil(notices.open(data.address));
});
