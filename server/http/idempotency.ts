/**
 * `Idempotency-Key` (04 section 10a): a client that did not see the answer to a creation sends the request again with
 * the same key, and gets the first answer with `Idempotency-Replayed: true`. A key holds for one account and one route
 * for a day; what it stands for is told by a fingerprint of the request.
 */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
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
    fingerprint: fingerprintOf(req),
  };
  const { answer, replayed } = await createOnce.run(creation, { keepAnswer: !repeating.secret }, async () =>
    kept(await work()),
  );
  return replayed ? { ...answer, headers: { 'Idempotency-Replayed': 'true' } } : answer;
}

function kept(answer: Answer | null): KeptAnswer {
  if (answer === null || answer.body instanceof WrittenJson)
    throw new Error('a route that creates answers with an object');
  return { status: answer.status, body: answer.body };
}

/** The path, the query and the body; of an upload, which is not read yet, only its length. */
function fingerprintOf(req: Request): string {
  const hash = createHash('sha256').update(`${req.method} ${req.originalUrl}\n`);
  const body: unknown = req.body;
  if (Buffer.isBuffer(body)) hash.update(body);
  else hash.update(req.headers['content-length'] ?? '');
  return hash.digest('base64url');
}
