/** Asking other nodes to delete something (04 section 4.10), and what they have not answered yet. */
import * as z from 'zod';
import { KEY } from '../access.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { asPeerId, stringField } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { id, textParam, time } from '../route-schema.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { EVERYBODY, type DeleteSignal } from '../../store/delete-signals.ts';
import { isOpaqueId, type PeerId } from '../../wire/ids.ts';

/** Code points kept of a reason; it is a note, and goes to other nodes. */
const MAX_REASON = 200;

const deleteSignal = z
  .object({
    id,
    target_peer_id: z.string().describe('A peer, or `*` for all'),
    data_type: z.string(),
    data_id: id,
    reason: z.string().nullable(),
    sent_at: time.nullable(),
    acknowledged_at: time.nullable(),
    complied_at: time.nullable(),
    status: z.string(),
  })
  .meta({ id: 'DeleteSignal' });

export function deleteSignalRoutes(components: HttpComponents): Route[] {
  const { deleteSignals } = components.workspace;
  return [
    {
      method: 'POST',
      path: '/delete-signals',
      access: KEY.delete_data,
      body: 'caught',
      creates: true,
      schema: {
        summary: 'Ask a peer, or all, to delete what one wrote',
        body: z.looseObject({
          target_peer_id: z.string().describe('A peer, or `*` or `all`'),
          data_type: z.enum(['channel_message', 'direct_message', 'message', 'feed_post', 'post', 'channel']),
          data_id: id,
          reason: z.string().nullish(),
        }),
        answer: z.object({
          delete_signal: deleteSignal,
          status: z.literal('created_and_broadcast'),
          success: z.literal(true),
        }),
        status: 201,
        errors: [
          'delete_signal_fields_required',
          'invalid_peer_id',
          'invalid_data_type',
          'peer_not_accepted',
          'delete_signal_not_owned',
          'too_many_delete_signals',
          'invalid_field',
        ],
      },
      handle: async ({ caller, body }) => {
        const [target, dataType, dataId] = ['target_peer_id', 'data_type', 'data_id'].map((name) =>
          (stringField(body, name) ?? '').trim(),
        );
        if (!target || !dataType || !isOpaqueId(dataId)) throw new ApiError('delete_signal_fields_required');
        const reason = [...(stringField(body, 'reason') ?? '')].slice(0, MAX_REASON).join('');
        const signal = await deleteSignals.create(
          caller.userId,
          { target: targetOf(target), dataType, dataId, reason: reason === '' ? null : reason },
          { owner: caller.isOwner },
        );
        return created(signal);
      },
      recall: (_call, id) => {
        const signal = deleteSignals.get(id);
        if (signal === undefined) throw new ApiError('not_found');
        return created(signal);
      },
    },
    {
      method: 'GET',
      path: '/delete-signals',
      access: KEY.view_trust,
      polled: 'stored',
      schema: {
        summary: 'List the deletions that were asked for and wait for an answer',
        query: z.looseObject({ target_peer_id: textParam('Only those asked of this peer') }),
        answer: z.object({ delete_signals: z.array(deleteSignal), count: z.int() }),
      },
      handle: ({ query }) => {
        const target = query.get('target_peer_id')?.trim() ?? '';
        const list = deleteSignals.pending(target === '' ? null : target).map(signalJson);
        return ok({ delete_signals: list, count: list.length });
      },
    },
  ];
}

function created(signal: DeleteSignal): Answer {
  const body = { delete_signal: signalJson(signal), status: 'created_and_broadcast', success: true };
  return { status: 201, body };
}

function targetOf(text: string): PeerId | typeof EVERYBODY {
  if (text === EVERYBODY || text === 'all') return EVERYBODY;
  const peer = asPeerId(text);
  if (peer === null) throw new ApiError('invalid_peer_id');
  return peer;
}

function signalJson(signal: DeleteSignal) {
  return {
    id: signal.id,
    target_peer_id: signal.target,
    data_type: signal.dataType,
    data_id: signal.dataId,
    reason: signal.reason,
    sent_at: isoOrNull(signal.sentAt),
    acknowledged_at: isoOrNull(signal.acknowledgedAt),
    complied_at: isoOrNull(signal.compliedAt),
    status: signal.status,
  };
}
