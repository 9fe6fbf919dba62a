/**
 * Sending once (05 section 10.8, L-5): a page or script may name a message with `client_id` and send it again when no
 * answer came. The second time it gets the first answer, or waits for it; nothing is stored twice.
 */
import type { JsonObject } from './body.ts';
import type { Answer } from './routes.ts';
import type { UserId } from '../wire/ids.ts';

/** Answers remembered. A retry comes within seconds, and each may hold a whole message. */
const MAX_REMEMBERED = 200;
const CLIENT_ID = /^[\w-]{1,64}$/;

/** Remembers answers by account and client id, in memory. */
export class Once {
  readonly #answers = new Map<string, Promise<Answer>>();

  /** Runs `work` unless the same account has sent the same `client_id` before. A refusal, or a send that failed, is not remembered. */
  run(userId: UserId, body: JsonObject, work: () => Promise<Answer>): Promise<Answer> {
    const clientId = body['client_id'];
    if (typeof clientId !== 'string' || !CLIENT_ID.test(clientId)) return work();
    const name = `${userId} ${clientId}`;
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    const answer = work();
    this.#answers.set(name, answer);
    const forget = (): void => void this.#answers.delete(name);
    answer.then(({ body }) => {
      if ('success' in body && body.success === false) forget();
    }, forget);
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > MAX_REMEMBERED && oldest.done !== true) this.#answers.delete(oldest.value);
    return answer;
  }
}
