/**
 * Frames above {@link LARGE_FRAME_BYTES}, read beside the event loop (02 section 10, S9): one at a time for the whole
 * node, so that what they cost in memory and time does not grow with the number of those who send them. The session a
 * frame came from is not read from meanwhile; everybody else is.
 */
import type { Envelope } from '../../wire/envelope.ts';
import type { PeerId } from '../../wire/ids.ts';
import { parsePyJson } from '../../wire/pyjson.ts';
import { putBackFiles } from '../inline-files.ts';
import { FORWARD_BYTES_PER_AUTHOR } from '../limits.ts';
import type { Verdict } from '../router.ts';
import type { FrameBackground, ReadAnswer } from './answering.ts';

/** A message with what its signature is worth, or why there is none. */
export type LargeFrame =
  | { envelope: Envelope; verdict: Verdict }
  | { refused: Extract<ReadAnswer, { refused: unknown }>['refused'] | 'unread' };

export interface LargeFramesComponents {
  background: FrameBackground;
  /** The signing key of an author, if anybody knows it. */
  keyOf(author: PeerId): Uint8Array | undefined;
}

/** Reads large frames. */
export class LargeFrames {
  readonly #components: LargeFramesComponents;
  #last: Promise<unknown> = Promise.resolve();

  constructor(components: LargeFramesComponents) {
    this.#components = components;
  }

  /** Reads one frame, given as UTF-8, after those before it. Never rejects. */
  read(bytes: Uint8Array): Promise<LargeFrame> {
    const turn = this.#last.then(() => this.#read(bytes)).catch((): LargeFrame => ({ refused: 'unread' }));
    this.#last = turn;
    return turn;
  }

  async #read(bytes: Uint8Array): Promise<LargeFrame> {
    const { background, keyOf } = this.#components;
    const read = await background.ask({ bytes });
    if ('refused' in read) return read;
    if (!('author' in read)) return { refused: 'unread' };
    const key = keyOf(read.author) ?? null;
    const judged = await background.ask({ key, carriedBytes: FORWARD_BYTES_PER_AUTHOR });
    if ('refused' in judged) return judged;
    if (!('head' in judged)) return { refused: 'unread' };
    const { timestampText, ...head } = judged.head;
    const { text: printed, files, deliverable } = judged.payload;
    return {
      envelope: {
        ...head,
        timestampToken: parsePyJson(timestampText),
        payload: deliverable ? putBackFiles(parsePyJson(printed), files) : null,
        ...(deliverable ? {} : { carried: printed }),
      },
      verdict: key === null ? 'unknown_author' : judged.valid ? 'valid' : 'invalid',
    };
  }
}
