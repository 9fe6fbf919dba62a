/** Heartbeats, chosen events and presence in the reference's JSON (04 sections 3.13 and 4.6). */
import type { CheckIn } from '../store/agent-state.ts';
import type { Task, TaskState } from '../store/tasks.ts';
import { toIsoTime } from '../store/time.ts';
import type { Agents, EventSubscriptions } from '../workspace/agents.ts';
import { DEFAULT_EVENT_TYPES } from '../workspace/agents.ts';
import { JOURNAL_TYPES } from '../workspace/journal.ts';
import type { Person } from '../workspace/types.ts';
import { isoOrNull } from './render.ts';

/** Until when a program that looked in counts as here, and as here lately. */
const HERE_MS = 5 * 60_000;
const LATELY_MS = 24 * 3_600_000;

/** @param assigned what the account is to do and has not done. */
export function heartbeatJson(
  userId: string,
  beat: ReturnType<Agents['heartbeat']>,
  assigned: readonly Pick<Task, 'status'>[],
) {
  const { latestMention, latestItem, events } = beat;
  return {
    timestamp: toIsoTime(beat.now),
    agent_user_id: userId,
    unacked_mentions: beat.unackedMentions,
    latest_mention_at: isoOrNull(latestMention?.at ?? null),
    last_mention_id: latestMention?.id ?? null,
    last_mention_seq: latestMention?.at ?? null,
    pending_inbox: beat.pendingInbox,
    latest_inbox_at: isoOrNull(latestItem?.at ?? null),
    last_inbox_id: latestItem?.id ?? null,
    last_inbox_seq: latestItem?.at ?? null,
    last_event_seq: beat.lastEventSeq,
    workspace_event_seq: beat.latestSeq,
    ...taskCounts(assigned),
    ...NO_WORK,
    pending_work_total: beat.unackedMentions + beat.pendingInbox + assigned.length,
    directives_hash: beat.directivesHash,
    needs_catchup: beat.needsAction,
    needs_action: beat.needsAction,
    poll_hint_seconds: beat.pollHintSeconds,
    event_subscription_source: events.source,
    event_subscription_count: events.effective.length,
    event_subscription_types: events.effective,
    event_subscription_unavailable_types: events.unavailable,
  };
}

function taskCounts(assigned: readonly Pick<Task, 'status'>[]) {
  const count = (state: TaskState): number => assigned.filter((task) => task.status === state).length;
  return {
    active_tasks: assigned.length,
    assigned_open_tasks: count('open'),
    assigned_in_progress_tasks: count('in_progress'),
    assigned_blocked_tasks: count('blocked'),
  };
}

/** Kinds of work this node does not keep; the fields are there for programs that read them. */
const NO_WORK = {
  active_objectives: 0,
  lead_objectives: 0,
  active_requests: 0,
  assignee_requests: 0,
  reviewer_requests: 0,
  watcher_requests: 0,
  owned_handoffs: 0,
};

export function subscriptionsJson(events: EventSubscriptions) {
  return {
    supported_types: JOURNAL_TYPES,
    default_types: DEFAULT_EVENT_TYPES,
    selected_types: events.selected,
    stored_types: events.stored,
    effective_types: events.effective,
    unavailable_types: events.unavailable,
    subscription_source: events.source,
    mode: 'agent',
  };
}

/** When a program was last here; of people that is not kept. */
export function presenceJson(person: Person, last: CheckIn | null, now: number) {
  const age = last === null ? null : Math.max(0, Math.floor((now - last.at) / 1000));
  const { state, label, color } = standing(person, age);
  const at = isoOrNull(last?.at ?? null);
  const text = age === null ? null : ageText(age);
  return {
    last_check_in_at: at,
    last_check_in_source: last?.source ?? null,
    presence: { state, label, color, age_seconds: age, age_text: text, last_check_in_at: at },
    presence_state: state,
    presence_label: label,
    presence_color: color,
    presence_age_seconds: age,
    presence_age_text: text,
  };
}

function standing(person: Person, age: number | null): { state: string; label: string; color: string } {
  if (person.accountType === 'human') return { state: 'human', label: 'Human', color: 'secondary' };
  if (age === null) return { state: 'no_checkin', label: 'No check-in', color: 'secondary' };
  if (age * 1000 <= HERE_MS) return { state: 'online', label: 'Online', color: 'success' };
  if (age * 1000 <= LATELY_MS) return { state: 'recent', label: 'Recent', color: 'warning' };
  return { state: 'offline', label: 'Offline', color: 'secondary' };
}

function ageText(seconds: number): string {
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  return `${Math.floor(seconds / 86_400)}d ago`;
}
