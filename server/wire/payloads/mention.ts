/** What an `interaction` with the action `mention` carries (02 section 2.12). */
import * as z from 'zod';
import { id, listOf, optionalId } from './fields.ts';

/** Most people one mention names; a text calls no more (03 section 5.9). */
const MAX_TARGETS = 64;

export const mentionSchema = z.object({
  source_type: z.string().max(64),
  source_id: id,
  author_id: id,
  target_user_ids: listOf(id, MAX_TARGETS),
  channel_id: optionalId,
});
