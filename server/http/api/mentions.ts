/** Mentions, and claims on them (04 section 4.4). */
import { KEY } from '../access.ts';
import type { Caller } from '../auth.ts';
import { holds } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import type { MentionStreams } from '../mention-stream.ts';
import { beforeQuery, nextCursor } from '../paging.ts';
import { boolQuery, intQuery, isYes, sinceQuery, truthy } from '../params.ts';
import { claimJson, mentionJson } from '../render-attention.ts';
import { ok, type Answer, type Call, type Route } from '../routes.ts';
import { mentionSchemas } from '../schemas/attention.ts';
import type { ClaimReference, ClaimedSource } from '../../workspace/mention-claims.ts';
import type { Workspace } from '../../workspace/workspace.ts';

const ACK_PATHS = [
  '/mentions/ack',
  '/mentions/acknowledge',
  '/mentions/acknoledge',
  '/ack',
  '/acknowledge',
  '/acknoledge',
];
const CLAIM_PATHS = ['/mentions/claim', '/claim'];

export function mentionRoutes(components: {
  workspace: Workspace;
  streams: MentionStreams;
  /** Whether the key of a call would still be let in. */
  stillCalls: (call: Call<Caller>) => boolean;
}): Route[] {
  const { mentions, mentionClaims } = components.workspace;
  return [
    {
      method: 'GET',
      path: '/mentions',
      access: KEY.read_feed,
      polled: 'live',
      schema: mentionSchemas.list,
      handle: ({ caller, query }) => {
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
        const found = mentions.list(caller.userId, {
          since: sinceQuery(query),
          limit,
          acknowledged: boolQuery(query, 'include_acknowledged', false),
          ...beforeQuery(query),
        });
        const list = found.map((one) =>
          mentionJson(one, mentionClaims.active(one.sourceType, one.sourceId), caller.userId),
        );
        const next_cursor = nextCursor(found, limit, ({ id }) => mentions.cursor(caller.userId, id));
        return ok({ mentions: list, count: list.length, next_cursor });
      },
    },
    ...ACK_PATHS.map((path): Route => ({
      method: 'POST',
      path,
      access: KEY.read_feed,
      body: 'caught',
      schema: mentionSchemas.acknowledge,
      handle: async ({ caller, body }) => {
        const ids = body['mention_ids'];
        if (!Array.isArray(ids)) throw new ApiError('mention_ids_not_list');
        const known = ids.filter((id): id is string => typeof id === 'string');
        const status = body['dismiss'] === true ? 'dismissed' : 'acknowledged';
        return ok({ acknowledged: await mentions.acknowledge(caller.userId, known, status) });
      },
    })),
    ...CLAIM_PATHS.flatMap((path): Route[] => [
      {
        method: 'GET',
        path,
        access: KEY.read_feed,
        schema: mentionSchemas.claimState,
        handle: ({ caller, query }) => {
          const source = mentionClaims.resolve(
            caller.userId,
            reference((name) => query.get(name)),
          );
          const claim = mentionClaims.active(source.sourceType, source.sourceId);
          return ok({
            ...sourceJson(source),
            claim: claim === null ? null : claimJson(claim, true),
            claimed: claim !== null,
          });
        },
      },
      {
        method: 'POST',
        path,
        access: KEY.read_feed,
        body: 'silent',
        schema: mentionSchemas.claim,
        handle: (call) => claim(components.workspace, call),
      },
      {
        method: 'DELETE',
        path,
        access: KEY.read_feed,
        body: 'silent',
        schema: mentionSchemas.release,
        handle: (call) => release(components.workspace, call),
      },
    ]),
    {
      method: 'GET',
      path: '/mentions/stream',
      access: KEY.read_feed,
      schema: mentionSchemas.stream,
      handle: (call, res) => {
        components.streams.open(call.req, res, call.caller, call.query, () => components.stillCalls(call));
        return null;
      },
    },
  ];
}

async function claim({ mentionClaims }: Workspace, { caller, body }: Call<Caller>): Promise<Answer> {
  const takeover = saysYes(body['takeover']);
  if (takeover && !holds(caller, 'manage_keys')) throw new ApiError('manage_keys_required');
  const ttl = body['ttl_seconds'];
  const outcome = await mentionClaims.claim(
    caller,
    reference((name) => body[name]),
    { takeover, ttlSeconds: typeof ttl === 'number' && Number.isFinite(ttl) ? ttl : undefined },
  );
  const answer = { ...sourceJson(outcome.source), claim: claimJson(outcome.claim, true) };
  if (outcome.claimed) return ok({ ...answer, claimed: true, reason: 'claimed' });
  return {
    status: 409,
    headers: { 'Retry-After': String(outcome.retryAfterSeconds) },
    body: {
      ...answer,
      claimed: false,
      reason: 'already_claimed',
      action_hint: 'retry_after_ttl',
      retry_after_seconds: outcome.retryAfterSeconds,
    },
  };
}

async function release({ mentionClaims }: Workspace, { caller, body }: Call<Caller>): Promise<Answer> {
  const force = saysYes(body['force']);
  if (force && !holds(caller, 'manage_keys')) throw new ApiError('manage_keys_required');
  const outcome = await mentionClaims.release(
    caller.userId,
    reference((name) => body[name]),
    force,
  );
  const answer = {
    ...sourceJson(outcome.source),
    claim: claimJson(outcome.claim, !outcome.released),
    released: outcome.released,
  };
  if (outcome.released) return ok({ ...answer, reason: 'released_by_api' });
  return { status: 409, body: { ...answer, reason: 'not_owner' } };
}

function saysYes(value: JsonObject[string]): boolean {
  return typeof value === 'string' ? isYes(value) : truthy(value);
}

function reference(field: (name: string) => unknown): ClaimReference {
  const text = (name: string): string | undefined => {
    const value = field(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  return {
    mentionId: text('mention_id'),
    inboxId: text('inbox_id'),
    sourceType: text('source_type'),
    sourceId: text('source_id'),
  };
}

function sourceJson({ inboxId, sourceType, sourceId }: ClaimedSource) {
  return { inbox_id: inboxId, source_type: sourceType, source_id: sourceId };
}
