/**
 * Keeps the page live (05 section 10.8): one event stream per signed-in page, and what to read again on each event.
 */
import { effect, signal } from '@preact/signals';
import { browserLead, SharedStream } from '../api/shared-stream.ts';
import { EventStream, type Source, type StreamEventType, type StreamState } from '../api/event-stream.ts';
import { heardOfTransfer } from './attachments.ts';
import { calls, loadCalls, settleShown } from './attention.ts';
import { loadBookmarks } from './bookmarks.ts';
import { heardOfServing } from './serving.ts';
import { heardOfFeed, refreshFeed } from './feed.ts';
import { loadChoices } from './choices.ts';
import { catchingUp, later } from './catch-up.ts';
import type { ProgressEvent } from './catching-up.ts';
import {
  channelEntries,
  channelLoaded,
  heardOfMessage,
  loadChannels,
  openChannel,
  refreshChannel,
} from './channel.ts';
import { refreshDirect } from './direct.ts';
import { loadActivity, loadMesh, peerName, requests } from './mesh.ts';
import { lossWords } from './delivery.ts';
import { heardOfLibraries } from './libraries.ts';
import { showToast } from './notices.ts';
import { location } from './router.ts';
import { loadTasks, tasks } from './tasks.ts';
import { coalesced } from './coalesce.ts';
import { isKnown, loadPeople } from './people.ts';
import { announceRequests } from './requests.ts';
import { announceAlarms } from './security.ts';
import { outbox } from './sending.ts';
import { refreshThread } from './thread-view.ts';
import { api, me, probe, sessionEnded } from './session.ts';
import { settingsRevision } from './settings-revision.ts';

export const streamState = signal<StreamState>({ status: 'idle' });

/** True when the node was replaced by another version under the open page (05 section 10.8, L-8). */
export const outdated = signal(false);
let firstVersion: string | null = null;
/** The script this page began with; its name is its build. */
const ownBuild = document.querySelector('script[src]')?.getAttribute('src') ?? null;

/** Reads everything the page shows. Failures are what the stream state and the lists already say. */
async function refreshAll(): Promise<void> {
  await Promise.allSettled([
    loadMesh(),
    loadPeople(),
    loadChannels(),
    channelLoaded.value === null ? Promise.resolve() : refreshChannel(),
    refreshDirect(),
    loadCalls(),
    loadBookmarks(),
    loadChoices(),
    refreshThread(),
    refreshFeed(),
    tasks.value === null ? Promise.resolve() : loadTasks(),
  ]);
  heardOfLibraries();
  settingsRevision.value += 1;
}

function quietly(work: Promise<void>): void {
  work.catch(() => undefined);
}

/** Somebody nobody here had heard of writes: their name and picture are read, too. Once each: the list has an end. */
const meetNewcomer = coalesced(loadPeople);
const met = new Set<string>();

function onEvent(type: StreamEventType, data: unknown): void {
  const actor = fieldOf(data, 'actor_user_id');
  if (actor !== null && !isKnown(actor) && !met.has(actor)) {
    met.add(actor);
    quietly(meetNewcomer());
  }
  switch (type) {
    case 'channel.message.created': {
      const channel = fieldOf(data, 'channel_id');
      // What nobody looks at is unread, also in the channel that was open last, or was left while it was read.
      const count = (): Promise<void> => (channelInSight() ? Promise.resolve() : loadChannels());
      if (channel !== null && channel !== openChannel.value) quietly(loadChannels());
      else quietly(heardOfMessage(fieldOf(data, 'message_id'), actor).then(refreshThread).then(count, count));
      return;
    }
    case 'channel.message.edited':
    case 'channel.message.deleted':
    case 'reaction.changed': {
      const channel = fieldOf(data, 'channel_id');
      if (type === 'reaction.changed' && channel === null) quietly(refreshDirect().then(refreshThread));
      else if (channel === null || channel === openChannel.value)
        quietly(refreshChannel().then(refreshThread));
      return;
    }
    case 'mention.created':
    case 'mention.acknowledged':
    case 'inbox.item.created':
    case 'inbox.item.updated':
      quietly(loadCalls());
      return;
    case 'feed.post.created':
    case 'feed.post.updated':
    case 'feed.post.deleted':
    case 'feed.changed':
      heardOfFeed(fieldOf(data, 'post_id'));
      return;
    case 'channel.message.read':
    case 'channel.state.updated':
      quietly(loadChannels());
      return;
    case 'dm.message.created':
    case 'dm.message.edited':
    case 'dm.message.deleted':
    case 'dm.message.read':
      quietly(refreshDirect().then(refreshThread));
      return;
    case 'message.delivery':
      announceLoss(fieldOf(data, 'peer_id'), fieldOf(data, 'reason'));
      quietly(fieldOf(data, 'kind') === 'message' ? refreshChannel() : refreshDirect());
      return;
    case 'attachment.progress':
      heardOfTransfer(data);
      if (fieldOf(data, 'state') === 'available')
        quietly(fieldOf(data, 'kind') === 'message' ? refreshChannel() : refreshDirect());
      return;
    case 'file.served':
      heardOfServing(data);
      return;
    case 'sync.progress':
      catchingUp.heard(data as ProgressEvent);
      return;
    case 'peer.disconnected':
      catchingUp.over(fieldOf(data, 'peer_id') ?? '');
      quietly(loadMesh());
      quietly(loadPeople());
      return;
    case 'peer.connected':
    case 'peer.changed':
      quietly(loadMesh());
      quietly(loadPeople());
      return;
    case 'peer.link':
    case 'security':
    case 'trust.changed':
    case 'requests.changed':
      quietly(loadMesh());
      return;
    case 'tasks.changed':
      if (tasks.value !== null) quietly(loadTasks());
      return;
    case 'library.changed':
    case 'library.progress':
      heardOfLibraries();
      return;
    case 'choices.changed':
      quietly(loadChoices());
      return;
    case 'activity':
      quietly(loadActivity());
      return;
    case 'profile.local':
      settingsRevision.value += 1;
      quietly(loadPeople());
      return;
    case 'settings.changed':
      settingsRevision.value += 1;
      quietly(loadMesh());
      return;
    case 'ready': {
      const version = fieldOf(data, 'version');
      if (firstVersion !== null && version !== firstVersion) outdated.value = true;
      firstVersion ??= version;
      // The page itself may be of another build, also one that was kept while the node was away.
      const build = fieldOf(data, 'page');
      if (build !== null && ownBuild !== null && build !== ownBuild) outdated.value = true;
    }
  }
}

/** Whether somebody looks at the open channel: then what comes is read at once. */
function channelInSight(): boolean {
  return location.value.path === '/channels' && document.visibilityState === 'visible' && document.hasFocus();
}

/** Says on whatever page the person is that a message will not arrive; it stands at the message, too. */
function announceLoss(peerId: string | null, reason: string | null): void {
  if (peerId === null || reason === null) return;
  showToast({ key: `loss:${peerId}:${reason}`, text: lossWords(peerName(peerId), reason), actions: [] });
}

function fieldOf(data: unknown, name: string): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const value = (data as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}

/** The browser's own event source; its events carry what {@link Source} names. */
function openSource(url: string): Source {
  const source = new EventSource(url);
  return {
    addEventListener: (type, listener) => {
      source.addEventListener(type, (event) => listener(event instanceof MessageEvent ? event : {}));
    },
    close: () => source.close(),
  };
}

const stream = new SharedStream(
  {
    makeStream: (handlers) =>
      new EventStream(
        {
          open: openSource,
          probe,
          now: () => Date.now(),
          after: later,
        },
        handlers,
      ),
    openChannel: (name) => ('BroadcastChannel' in window ? new BroadcastChannel(name) : null),
    lead: browserLead(),
  },
  {
    event: onEvent,
    state: (state) => {
      streamState.value = state;
      if (state.status !== 'live') catchingUp.clear();
      if (state.status === 'down') void outbox.setAway(true);
      if (state.status === 'live' || state.status === 'polling') void outbox.setAway(false);
    },
    refresh: () => void refreshAll(),
    signedOut: () =>
      void sessionEnded().then((ok) => (ok && me.value !== null ? start(me.value.id) : undefined)),
  },
);

/** A stream that takes longer to open is not waited for. */
const STREAM_WAIT_MS = 1_000;

/** Reads the cursor first, then follows; what is shown is read once the stream is open: nothing falls in between. */
async function start(account: string): Promise<void> {
  const journal = await api.get<{ latest_seq: number }>('/api/v1/events?limit=1').catch(() => null);
  // While the node is away nothing is known of its journal; all is read when it is back.
  stream.start(account, journal?.latest_seq ?? null);
  if (streamState.value.status === 'live') return refreshAll();
  later(STREAM_WAIT_MS, () => {
    if (streamState.value.status !== 'live' && me.value?.id === account) void refreshAll();
  });
}

/** Tries to reach the node now. */
export function retryNow(): void {
  stream.retryNow();
}

function settleOpen(): void {
  if (location.value.path !== '/channels' || calls.value.length === 0) return;
  const ids = new Set(channelEntries.value.map(({ id }) => id));
  if (document.visibilityState === 'visible') settleShown(ids);
}

/** Follows the node while somebody is signed in. Called once. */
export function stayLive(): void {
  let account: string | null = null;
  effect(() => {
    const id = me.value?.id ?? null;
    if (id === account) return;
    account = id;
    if (id === null) stream.stop();
    else void start(id);
  });
  effect(() => announceRequests(requests.value, peerName));
  effect(announceAlarms);
  // What came while nobody looked is read when somebody does.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || me.value === null) return;
    if (location.value.path === '/channels' && channelLoaded.value !== null) quietly(refreshChannel());
    if (location.value.path === '/messages') quietly(refreshDirect());
    settleOpen();
  });
  // What is read in its channel needs no call any more.
  effect(settleOpen);
}
