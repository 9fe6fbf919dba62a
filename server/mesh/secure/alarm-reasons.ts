/** The words of security events (06 section 1.3). */
import type { PinObjection } from './pins.ts';

/** What no honest peer does, and what does not end its connection by itself. */
export type Offence =
  | 'flood'
  | 'too_large'
  | 'unreadable'
  | 'forged'
  | 'unasked'
  | 'too_many'
  | 'quota'
  | 'wrong_bytes'
  | 'guessing';

/** What was noticed. */
export type AlarmReason =
  | PinObjection
  | 'secure_upgrade_failed'
  | 'duplicate_identity'
  | 'bad_record'
  | 'bad_frame'
  | 'limit'
  | Offence;
