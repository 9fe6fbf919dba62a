/** What an account chose for its conversations: how much of each calls, until when, and favourites (05 section 10.9). */
import * as z from 'zod';
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { readBodyBy, time, type RouteSchema } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { CALL_LEVELS } from '../../store/conversation-choices.ts';
import type { ConversationChoice } from '../../store/conversation-choices.ts';
import { parseTime, toIsoTime } from '../../store/time.ts';
import { isOpaqueId } from '../../wire/ids.ts';
import type { ConversationChoices } from '../../workspace/conversation-choices.ts';

const conversation = z
  .string()
  .describe('`channel:`, `person:` or `group:` followed by the id, or `everyone`');
const choiceJson = z
  .object({
    conversation: z.string(),
    level: z.enum(CALL_LEVELS),
    until: time.nullable().describe('The level holds until then; null: always'),
    favourite: z.boolean(),
  })
  .meta({ id: 'ConversationChoice' });
const change = z.object({
  conversation,
  level: z.enum(CALL_LEVELS).optional().describe('Everything calls, only what calls by name, or nothing'),
  until: time.nullish(),
  favourite: z.boolean().optional(),
});
const schemas = {
  list: {
    summary: 'List the conversations for which the caller chose something',
    answer: z.object({ choices: z.array(choiceJson) }),
  },
  set: {
    summary: 'Choose how much of a conversation calls, and whether it is a favourite',
    body: change,
    answer: z.object({ success: z.literal(true), choice: choiceJson }),
    errors: ['json_required', 'invalid_field', 'time_not_ahead', 'too_many_choices'],
  },
} satisfies Record<string, RouteSchema>;

export function conversationChoiceRoutes({ choices }: { choices: ConversationChoices }): Route[] {
  return [
    {
      method: 'GET',
      path: '/conversations/choices',
      access: KEY.read_feed,
      polled: 'live',
      schema: schemas.list,
      handle: ({ caller }) => ok({ choices: choices.list(caller.userId).map(json) }),
    },
    {
      method: 'PUT',
      path: '/conversations/choices',
      access: KEY.write_feed,
      body: 'caught',
      schema: schemas.set,
      handle: async ({ caller, body }) => {
        const { conversation: of, until, level, favourite } = readBodyBy(change, body);
        if (!isConversation(of)) throw new ApiError('invalid_field', { fields: { field: 'conversation' } });
        const at = until == null ? null : parseTime(until);
        if (until != null && at === null) throw new ApiError('invalid_field', { fields: { field: 'until' } });
        const chosen = await choices.set(caller.userId, of, {
          ...(level === undefined ? {} : { level }),
          ...(until === undefined ? {} : { until: at }),
          ...(favourite === undefined ? {} : { favourite }),
        });
        return ok({ success: true, choice: json(chosen) });
      },
    },
  ];
}

/** Whether it names what a conversation can be; whether there is one does not matter. */
function isConversation(text: string): boolean {
  if (text === 'everyone') return true;
  const [, named] = /^(?:channel|person|group):(.*)$/su.exec(text) ?? [];
  return named !== undefined && isOpaqueId(named);
}

function json({ until, ...choice }: ConversationChoice): z.infer<typeof choiceJson> {
  return { ...choice, until: until === null ? null : toIsoTime(until) };
}
