/**
 * The page's own {@link CatchingUp}, and what screen readers are told meanwhile: that it began, and in the end how many
 * messages came, once, instead of every batch (05 section 10.11, A-2).
 */
import { CatchingUp } from './catching-up.ts';
import { peerName } from './mesh.ts';
import { speak } from './notices.ts';
import { announcement, type Entry } from './thread.ts';

/** New messages nobody was told about yet. */
let held: Entry[] = [];

export const catchingUp = new CatchingUp({
  after: later,
  began: (peerId) => speak(`Catching up with ${peerName(peerId)}`),
  idle: () => {
    speak(announcement(held));
    held = [];
  },
});

/** Tells about new messages of the open conversation, now or when catching up is over. */
export function announceMessages(fresh: readonly Entry[]): void {
  if (catchingUp.busy) held.push(...fresh);
  else speak(announcement(fresh));
}

/** Runs `task` after `ms`; returns how to cancel it. */
export function later(ms: number, task: () => void): () => void {
  const timer = window.setTimeout(task, ms);
  return () => window.clearTimeout(timer);
}
