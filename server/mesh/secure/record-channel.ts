/**
 * Both directions of encryption of one secure session (06 section 1.5): frames become records and records frames, in
 * order, and each direction changes its key before it has been used too much. Knows nothing of what carries records.
 */
import { MAX_NONCE } from '../../crypto/noise.ts';
import type { CipherState, NoiseTransport } from '../../crypto/noise.ts';
import type { Clock } from '../../ports/types.ts';
import {
  BadFrameError,
  CONTROL,
  MAX_RECORD_BYTES,
  MIN_RECORD_BYTES,
  controlFrame,
  decodeFrame,
  encodeFrame,
} from '../../wire/secure-frames.ts';
import type { Frame } from '../../wire/secure-frames.ts';

/** What one key may be used for; the receiver grants twice as much. */
export const REKEY_AFTER = { messages: 2 ** 20, bytes: 2 ** 30, ms: 3_600_000 };
const GRACE = 2;

const NO_AD = new Uint8Array(0);

/** What the present key of a direction has been used for. */
interface Use {
  messages: number;
  bytes: number;
  since: number;
}

/** Turns frames into records and back. */
export class RecordChannel {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #send: CipherState;
  readonly #receive: CipherState;
  readonly #rekeyAfter: typeof REKEY_AFTER;
  #sent: Use;
  #received: Use;

  /** @param rekeyAfter what one key may be used for; `ms` monotonic. */
  constructor(
    components: { clock: Pick<Clock, 'monotonic'> },
    transport: Pick<NoiseTransport, 'send' | 'receive'>,
    rekeyAfter = REKEY_AFTER,
  ) {
    this.#clock = components.clock;
    this.#rekeyAfter = rekeyAfter;
    this.#send = transport.send;
    this.#receive = transport.receive;
    this.#sent = this.#unused();
    this.#received = this.#unused();
  }

  /** The records of one frame: usually one, preceded by a rekey when that is due. @throws {NoiseError} */
  seal(frame: Frame): Uint8Array[] {
    const records: Uint8Array[] = [];
    if (this.#exceeds(this.#sent, 1)) {
      records.push(this.#encrypt(controlFrame(CONTROL.rekey)));
      this.#send.rekey();
      this.#sent = this.#unused();
    }
    records.push(this.#encrypt(frame));
    return records;
  }

  /**
   * The frame in the next record; a rekey has taken effect when it is returned.
   * @throws {NoiseError} `tag` when the record is not what the peer sent next.
   * @throws {BadFrameError} when it is, and breaks the rules.
   */
  open(record: Uint8Array): Frame {
    if (record.length < MIN_RECORD_BYTES || record.length > MAX_RECORD_BYTES)
      throw new BadFrameError('no record has this length');
    if (this.#receive.n >= MAX_NONCE) throw new BadFrameError('more records than a session may have');
    const frame = decodeFrame(this.#receive.decrypt(NO_AD, record));
    if (frame.type === CONTROL.rekey) {
      if (frame.body.length > 0) throw new BadFrameError('a rekey with a body');
      this.#receive.rekey();
      this.#received = this.#unused();
      return frame;
    }
    this.#received.messages += 1;
    this.#received.bytes += record.length;
    if (this.#exceeds(this.#received, GRACE)) throw new BadFrameError('a key that was used too long');
    return frame;
  }

  #encrypt(frame: Frame): Uint8Array {
    const record = this.#send.encrypt(NO_AD, encodeFrame(frame));
    this.#sent.messages += 1;
    this.#sent.bytes += record.length;
    return record;
  }

  #exceeds(use: Use, factor: number): boolean {
    return (
      use.messages >= factor * this.#rekeyAfter.messages ||
      use.bytes >= factor * this.#rekeyAfter.bytes ||
      this.#clock.monotonic() - use.since >= factor * this.#rekeyAfter.ms
    );
  }

  #unused(): Use {
    return { messages: 0, bytes: 0, since: this.#clock.monotonic() };
  }
}
