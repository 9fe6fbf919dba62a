/** The one error every parser of this room throws; anything else that comes out of one is a bug. */

/** What was wrong with the input. */
export type WireErrorCode =
  /** Not JSON as 01 section 7.4 defines it. */
  | 'json_syntax'
  /** Nested deeper than {@link MAX_JSON_DEPTH}. */
  | 'json_depth'
  /** An integer of more digits than the reference accepts. */
  | 'json_digits'
  /** More values than any honest document holds. */
  | 'json_values'
  /** A value that has no JSON form was to be sent. */
  | 'json_value'
  /** A frame that is no object, or lacks a well-formed message. */
  | 'frame'
  /** A message field is missing or has the wrong type. */
  | 'envelope'
  /** A message of a type nobody defined; never relayed. */
  | 'unknown_type'
  /** A payload that does not have the shape of its message type. */
  | 'payload'
  /** Ciphertext, key material or a grant that is malformed or does not authenticate. */
  | 'crypto';

/** Input from outside was refused. The message names the defect and never quotes the input. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
