/**
 * Compressed answers (05 section 10.12): JSON of some size, for whoever reads gzip. Never where TLS protects the way to the
 * browser: answers hold what others wrote beside what is secret, and how well these compress together can be seen from
 * outside. Without TLS there is nothing left to hide from whoever sees the bytes (SECURITY.md, "What does not hold").
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request } from 'express';
import { WrittenJson, type Answer } from './answer.ts';

/** Smaller answers fit into a packet or two as they are, bytes. */
const MIN_BYTES = 2048;

const gzipBytes = promisify(gzip);
/** Answers that many ask for are compressed once. */
const made = new WeakMap<WrittenJson, Promise<WrittenJson>>();

/** What a proxy says about itself; it may speak TLS, and can compress what it wants. */
const OF_PROXIES = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto'];

/** The answer as it goes to whoever asked: compressed where that is worth it and can be read, else as it is. */
export async function compressed(req: Request, answer: Answer): Promise<Answer> {
  if (answer.status === 304) return answer;
  const written = WrittenJson.of(answer.body);
  const plain = { ...answer, body: written };
  if (written.bytes.length < MIN_BYTES || req.acceptsEncodings('gzip') !== 'gzip') return plain;
  if (OF_PROXIES.some((name) => req.headers[name] !== undefined)) return plain;
  let work = made.get(written);
  if (work === undefined) {
    work = gzipBytes(written.bytes).then((bytes) => new WrittenJson(bytes));
    made.set(written, work);
  }
  const headers = { ...answer.headers, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' };
  return { ...plain, body: await work, headers };
}
