/** `delete_signal`, the request and its acknowledgement (02 section 2.10). */
import * as z from 'zod';
import { MAX_PROSE, flag, optionalId, optionalPeerId, optionalText, optionalWord, textOr } from './fields.ts';

export const deleteSignalSchema = z.object({
  signal_id: optionalId,
  data_type: textOr(''),
  data_id: optionalId,
  reason: optionalText(MAX_PROSE),
  /** Absent: the author. */
  requester_peer: optionalPeerId,
  is_ack: flag,
  ack_status: optionalWord(['acknowledged', 'complied', 'rejected']),
  responder_peer: optionalPeerId,
});
