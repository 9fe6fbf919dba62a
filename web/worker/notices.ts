/**
 * Notifications in the service worker (05 section 10.9, U-4): every tab says what it would tell; here it is told once, unless
 * somebody looks at it in any tab. A click goes to a tab that is open, or opens one.
 */
import type { Client, WorkerScope } from './scope.ts';

/** What a tab asks to be shown. */
export interface Notice {
  kind: 'notice';
  /** One notification for each. */
  tag: string;
  /** Grows with what is told: what two tabs tell is told once, and nothing older afterwards. */
  mark: number;
  title: string;
  body: string;
  /** The conversation, as choices name it. */
  place: string;
  /** Where a click leads. */
  address: string;
}

/** What a tab is told: that its notice is shown, or where a click leads. */
export type Reply = { kind: 'shown' } | { kind: 'open'; address: string };

/** Asks a tab whether somebody looks at a conversation there; `true` or `false` goes to the port that comes with it. */
export interface Question {
  kind: 'looks';
  place: string;
}

/** Somebody whose page is so busy that it does not answer is told rather too much than nothing. */
const ANSWER_MS = 3_000;

/** A message of a tab, or null. */
export function noticeOf(data: unknown): Notice | null {
  if (typeof data !== 'object' || data === null) return null;
  const given = data as Partial<Record<keyof Notice, unknown>>;
  const { kind, tag, mark, title, body, place, address } = given;
  if (kind !== 'notice' || typeof tag !== 'string' || typeof mark !== 'number') return null;
  if (typeof title !== 'string' || typeof body !== 'string') return null;
  if (typeof place !== 'string' || typeof address !== 'string') return null;
  // A path of this node: two strokes would lead to another one.
  if (!/^\/(?![/\\])/u.test(address)) return null;
  return { kind, tag, mark, title, body, place, address };
}

/** Shows notices one after the other, so that two tabs do not show the same at once. */
export class Notices {
  readonly #scope: WorkerScope;
  readonly #told = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(scope: WorkerScope) {
    this.#scope = scope;
  }

  /** @returns whether it is shown. */
  tell(notice: Notice): Promise<boolean> {
    const told = this.#last.then(() => this.#tell(notice)).catch(() => false);
    this.#last = told;
    return told;
  }

  async #tell({ tag, mark, title, body, place, address }: Notice): Promise<boolean> {
    if ((this.#told.get(tag) ?? 0) >= mark) return false;
    this.#told.set(tag, mark);
    const shown = await this.#scope.registration.getNotifications({ tag });
    if (shown.some(({ data }) => markOf(data) >= mark)) return false;
    const looking = (await this.#tabs()).map((tab) => looksAt(tab, place));
    if ((await Promise.all(looking)).includes(true)) return false;
    await this.#scope.registration.showNotification(title, { body, tag, data: { mark, address } });
    return true;
  }

  /** Goes where a notification points. */
  async open(address: string): Promise<void> {
    const tabs = await this.#tabs();
    const tab = tabs.find(({ focused }) => focused) ?? tabs[0];
    if (tab === undefined) {
      await this.#scope.clients.openWindow(address);
      return;
    }
    tab.postMessage({ kind: 'open', address } satisfies Reply);
    await tab.focus();
  }

  #tabs(): Promise<readonly Client[]> {
    return this.#scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  }
}

/** The tab itself knows: the address a worker sees of it is the one it was opened with. */
async function looksAt(tab: Client, place: string): Promise<boolean> {
  if (tab.visibilityState !== 'visible') return false;
  const { port1, port2 } = new MessageChannel();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answer = await new Promise<unknown>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
    timer = setTimeout(() => resolve(false), ANSWER_MS);
    tab.postMessage({ kind: 'looks', place } satisfies Question, [port2]);
  });
  clearTimeout(timer);
  port1.close();
  return answer === true;
}

/** Browsers stop a worker that has nothing to do; then what is on the screen still says what was told. */
function markOf(data: unknown): number {
  const mark = typeof data === 'object' && data !== null ? (data as { mark?: unknown }).mark : undefined;
  return typeof mark === 'number' ? mark : 0;
}
