/**
 * `Idempotency-Key` (04 section 10a): a client that did not see the answer to a creation sends the request again with
 * the same key, and gets the first answer with `Idempotency-Replayed: true`. A key holds for one account and one route
 * for a day; what it stands for is told by a fingerprint of the request.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { WorkspaceError } from '../workspace/errors.ts';
import type { CreateOnce, KeptAnswer } from '../workspace/create-once.ts';
import type { Caller } from './auth.ts';
import { ApiError } from './errors.ts';
import { WrittenJson, type Answer } from './answer.ts';

/** Visible ASCII; a UUID has 36 characters. */
const KEY = /^[\x21-\x7e]{1,200}$/;

/** What a route says about repeating it. */
export interface Repeating {
  /** Method and path pattern. */
  route: string;
  /** The answer holds something that is shown once and never kept. */
  secret: boolean;
  /** The answer made again from what was created; throws when that is not there any more. */
  recall?: (created: string) => Answer;
  /** What the request asks for, of one whose body was streamed; absent: its body says so. */
  asks?: string;
}

/**
 * Runs `work`, or answers again what it answered under the key of `req`.
 * @throws {ApiError} `invalid_idempotency_key`; {@link CreateOnce.run} says what else.
 */
export async function answerOnce(
  createOnce: CreateOnce,
  { req, caller }: { req: Request; caller: Caller | null },
  repeating: Repeating,
  work: () => Promise<Answer | null>,
): Promise<Answer | null> {
  const key = req.headers['idempotency-key'];
  if (key === undefined || caller === null) return work();
  if (typeof key !== 'string' || !KEY.test(key)) throw new ApiError('invalid_idempotency_key');
  const creation = {
    userId: caller.userId,
    route: repeating.route,
    key,
    fingerprint: fingerprintOf(req, repeating.asks),
  };
  const { recall } = repeating;
  const options = {
    keepAnswer: !repeating.secret,
    ...(recall === undefined ? {} : { recall: (created: string) => recalled(recall, created) }),
  };
  const { answer, replayed } = await createOnce.run(creation, options, async () => kept(await work()));
  return replayed ? { ...answer, headers: { 'Idempotency-Replayed': 'true' } } : answer;
}

/** Null when what was created is gone, or out of the caller's sight. */
function recalled(recall: (created: string) => Answer, created: string): KeptAnswer | null {
  try {
    return kept(recall(created));
  } catch (error) {
    if (error instanceof ApiError || error instanceof WorkspaceError) return null;
    throw error;
  }
}

function kept(answer: Answer | null): KeptAnswer {
  if (answer === null || answer.body instanceof WrittenJson)
    throw new Error('a route that creates answers with an object');
  return { status: answer.status, body: answer.body };
}

/** The path, the query and what is asked for: the body, unless it was streamed. */
function fingerprintOf(req: Request, asks: string | undefined): string {
  const hash = createHash('sha256').update(`${req.method} ${req.originalUrl}\n`);
  const body: unknown = req.body;
  if (asks !== undefined) hash.update(asks);
  else if (Buffer.isBuffer(body)) hash.update(body);
  return hash.digest('base64url');
}
