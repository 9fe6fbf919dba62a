import test from 'node:test';
import assert from 'node:assert/strict';
import { ApiClient, ApiError, errorFromAnswer, type ApiHooks } from '../../../web/api/client.ts';

interface Sent {
  path: string;
  init: RequestInit;
}

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

/** A client whose calls get `answers` in order. */
function client(answers: (Response | Error)[], hooks: Partial<ApiHooks> = {}) {
  const sent: Sent[] = [];
  const api = new ApiClient({
    fetch: (path, init) => {
      sent.push({ path, init });
      const next = answers.shift();
      if (next === undefined) throw new Error('one call too many');
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    renewToken: () => Promise.resolve('fresh'),
    signIn: () => Promise.resolve(false),
    ...hooks,
  });
  return { api, sent };
}

function headersOf(call: Sent | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(call?.init.headers));
}

test('an unsafe call carries the token and the body as JSON, a safe one carries neither', async () => {
  const { api, sent } = client([answer(200, { a: 1 }), answer(200, {})]);
  api.csrfToken = 'secret';
  assert.deepEqual(await api.post('/x', { b: 'ü' }), { a: 1 });
  await api.get('/y');
  const [post, get] = sent;
  assert.equal(headersOf(post)['x-csrftoken'], 'secret');
  assert.equal(headersOf(post)['content-type'], 'application/json');
  assert.equal(post?.init.body, '{"b":"ü"}');
  assert.equal(headersOf(get)['x-csrftoken'], undefined);
  assert.equal(get?.init.body, undefined);
  assert.equal(headersOf(get)['x-canopy-page'], '1');
});

test('a refusal becomes one typed error with the sentence, the code and the whole answer', async () => {
  const { api } = client([
    answer(409, { error: 'Username is already taken', code: 'username_taken', field: 'username' }),
  ]);
  await assert.rejects(api.post('/register', {}), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 409);
    assert.equal(error.code, 'username_taken');
    assert.equal(error.message, 'Username is already taken');
    assert.equal(error.body['field'], 'username');
    return true;
  });
});

test('a sentence wins over the fixed text and the hint says what to do', () => {
  const error = errorFromAnswer(400, {
    error: 'Invalid invite code',
    message: 'Peer ID does not match public key',
    hint: 'Copy it again.',
  });
  assert.equal(error.message, 'Peer ID does not match public key. Copy it again.');
});

test('an answer that is no JSON is still an error with words', () => {
  for (const body of [null, 'text', 7, []]) {
    const error = errorFromAnswer(502, body);
    assert.equal(error.code, 'http_502');
    assert.match(error.message, /502/);
  }
});

test('no answer is told apart from a refusal', async () => {
  const { api } = client([new TypeError('fetch failed')]);
  await assert.rejects(
    api.get('/x'),
    (error: unknown) => error instanceof ApiError && error.unreachable && error.code === 'unreachable',
  );
});

test('a call the person cancelled says so', async () => {
  const controller = new AbortController();
  controller.abort();
  const { api } = client([new DOMException('aborted', 'AbortError')]);
  await assert.rejects(
    api.get('/x', { signal: controller.signal }),
    (error: unknown) => error instanceof ApiError && error.code === 'aborted',
  );
});

test('a stale token is renewed once and the call runs again', async () => {
  const { api, sent } = client([
    answer(403, { error: 'Forbidden', code: 'csrf_failed' }),
    answer(201, { done: true }),
  ]);
  api.csrfToken = 'stale';
  assert.deepEqual(await api.post('/x', {}), { done: true });
  assert.equal(headersOf(sent[1])['x-csrftoken'], 'fresh');
});

test('a refusal that a fresh token does not cure is told', async () => {
  const { api, sent } = client([answer(403, { code: 'csrf_failed' }), answer(403, { code: 'csrf_failed' })]);
  await assert.rejects(api.post('/x', {}), ApiError);
  assert.equal(sent.length, 2);
});

test('other refusals do not ask for a token', async () => {
  const { api, sent } = client([
    answer(403, { error: 'You cannot post in this channel.', code: 'not_allowed' }),
  ]);
  await assert.rejects(api.post('/x', {}), /You cannot post/);
  assert.equal(sent.length, 1);
});

test('an ended session waits for sign-in, then the call runs again', async () => {
  let asked = 0;
  const { api, sent } = client([answer(401, { error: 'Authentication required' }), answer(200, { ok: 1 })], {
    signIn: () => {
      asked += 1;
      return Promise.resolve(true);
    },
  });
  assert.deepEqual(await api.post('/x', { text: 'kept' }), { ok: 1 });
  assert.equal(asked, 1);
  assert.equal(sent[1]?.init.body, '{"text":"kept"}');
});

test('giving up signing in gives the refusal', async () => {
  const { api } = client([answer(401, { error: 'Authentication required' })]);
  await assert.rejects(api.get('/x'), (error: unknown) => error instanceof ApiError && error.status === 401);
});

test('signing in itself never asks to sign in', async () => {
  let asked = 0;
  const { api } = client([answer(401, { error: 'Invalid username or password' })], {
    signIn: () => {
      asked += 1;
      return Promise.resolve(true);
    },
  });
  await assert.rejects(api.post('/login', {}, { anonymous: true }), /Invalid username/);
  assert.equal(asked, 0);
});

test('a node that always answers 401 ends in an error, not in a loop', async () => {
  const answers = Array.from({ length: 10 }, () => answer(401, {}));
  const { api, sent } = client(answers, { signIn: () => Promise.resolve(true) });
  await assert.rejects(api.get('/x'), ApiError);
  assert.ok(sent.length <= 3);
});
