/**
 * What is done with a frame that is too large for the event loop (02 section 10, S9; 01 section 7): parsed, its
 * canonical form printed, its signature checked, its payload measured. Pure; `frame-worker.ts` runs it beside the loop,
 * {@link LargeFrames} asks. Two questions per frame, because the key belongs to an author who is known only once the
 * frame was read.
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import { fromUtf8 } from '../../crypto/bytes.ts';
import type { Background } from '../../ports/types.ts';
import { parseFrame, verifyEnvelope } from '../../wire/envelope.ts';
import type { Envelope } from '../../wire/envelope.ts';
import { WireError } from '../../wire/errors.ts';
import type { WireErrorCode } from '../../wire/errors.ts';
import type { PeerId } from '../../wire/ids.ts';
import { canonicalJson, printPyJson } from '../../wire/pyjson.ts';
import { payloadFits } from '../delivery-size.ts';
import { takeOutFiles } from '../inline-files.ts';

/** First a frame as UTF-8, then the key of its author; `null` when nobody knows it. */
export type Question = { bytes: Uint8Array } | { key: Uint8Array | null; carriedBytes: number };

/** What a frame says about itself, or why it says nothing. */
export type ReadAnswer = { author: PeerId } | { refused: WireErrorCode | 'other_frame' | 'too_large' };

/** What was found; nothing of a message that is too large to be delivered here and to be passed on. */
export interface JudgedAnswer {
  valid: boolean;
  /** The fields of the message but the payload; the timestamp as it was spelled. */
  head: Omit<Envelope, 'payload' | 'timestampToken' | 'carried'> & { timestampText: string };
  /**
   * The payload's text: small when it may be delivered here, the files within it beside it; else whole, only to be passed
   * on.
   */
  payload: { text: string; files: readonly string[]; deliverable: boolean };
}

/** To either question. */
export type Answer = ReadAnswer | JudgedAnswer;

/** Where the questions are answered. */
export type FrameBackground = Background<Question, Answer>;

/** Keeps one frame between its two questions. */
export class FrameAnswering {
  readonly #crypto: CryptoBackend;
  #envelope: Envelope | null = null;
  #textLength = 0;

  constructor(components: { crypto: CryptoBackend }) {
    this.#crypto = components.crypto;
  }

  /** @throws an `Error` when the questions come in the wrong order. */
  answer(question: Question): Answer {
    if ('bytes' in question) return this.#read(fromUtf8(question.bytes));
    const envelope = this.#envelope;
    this.#envelope = null;
    if (envelope === null) throw new Error('no frame was read');
    return this.#judge(envelope, question.key, question.carriedBytes);
  }

  #read(text: string | null): ReadAnswer {
    this.#envelope = null;
    if (text === null) return { refused: 'json_syntax' };
    try {
      const frame = parseFrame(text);
      if (frame.kind === 'other') return { refused: 'other_frame' };
      this.#envelope = frame.envelope;
      this.#textLength = text.length;
      return { author: frame.envelope.fromPeer };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { refused: error.code };
    }
  }

  #judge(envelope: Envelope, key: Uint8Array | null, carriedBytes: number): Answer {
    const { payload, timestampToken, ...head } = envelope;
    const deliverable = payloadFits(envelope);
    if (!deliverable && this.#textLength > carriedBytes) return { refused: 'too_large' };
    const { rest, files } = deliverable ? takeOutFiles(payload) : { rest: payload, files: [] };
    return {
      valid: key !== null && verifyEnvelope(this.#crypto, key, envelope),
      head: { ...head, timestampText: canonicalJson(timestampToken) },
      payload: { text: printPyJson(rest), files, deliverable },
    };
  }
}

/** Answers where it is asked, for tests and simulations. */
export function inPlace(crypto: CryptoBackend): FrameBackground {
  const answering = new FrameAnswering({ crypto });
  return { ask: async (question) => answering.answer(question) };
}
