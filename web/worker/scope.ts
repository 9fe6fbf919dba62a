/** The part of a service worker's world that is used here; the page's own types name other things alike. */

/** A tab of this node. */
export interface Client {
  readonly focused: boolean;
  readonly visibilityState: DocumentVisibilityState;
  postMessage(message: unknown, transfer?: readonly MessagePort[]): void;
  focus(): Promise<unknown>;
}

export interface ShownNotification {
  readonly data: unknown;
  close(): void;
}

interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
export interface FetchEvent extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerEvents {
  install: Extendable;
  activate: Extendable;
  fetch: FetchEvent;
  message: Extendable & { readonly data: unknown; readonly source: Pick<Client, 'postMessage'> | null };
  notificationclick: Extendable & { readonly notification: ShownNotification };
}

export interface WorkerScope {
  readonly location: { readonly origin: string };
  readonly registration: {
    getNotifications(filter: { tag: string }): Promise<readonly ShownNotification[]>;
    showNotification(title: string, options: { body: string; tag: string; data: unknown }): Promise<void>;
  };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(filter: { type: 'window'; includeUncontrolled: true }): Promise<readonly Client[]>;
    openWindow(url: string): Promise<unknown>;
  };
  readonly caches: CacheStorage;
  fetch(request: Request | string): Promise<Response>;
  skipWaiting(): Promise<void>;
  addEventListener<T extends keyof WorkerEvents>(type: T, listener: (event: WorkerEvents[T]) => void): void;
}
