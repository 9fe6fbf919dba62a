/** Bodies of HTTP requests: the first line is the content type, the rest the body. */
import assert from 'node:assert/strict';
import express from 'express';
import { formOrJson, jsonBody } from '../../../server/http/body.ts';
import { ApiError } from '../../../server/http/errors.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

export const target: Target = {
  seeds: () => [
    ...vectorTexts('canonical_json', 'input_json').map((json) => `application/json\n{"content":${json}}`),
    'application/x-www-form-urlencoded\nusername=a&password=%41&username=+&__proto__=1',
    'application/vnd.a+json; charset=utf-8\n{"__proto__":{"a":1}}',
  ],
  refusals: [ApiError],
  run(input) {
    const [type = '', ...lines] = input.split('\n');
    const body = Buffer.from(lines.join('\n'));
    const req = Object.create(express.request) as typeof express.request;
    req.headers = { 'content-type': type, 'content-length': String(body.length) };
    req.body = body;
    const { fields } = formOrJson(req);
    assert.equal(Object.hasOwn(Object.prototype, 'a'), false);
    assert.equal(typeof JSON.stringify(fields), 'string');
    for (const bodyClass of ['none', 'silent', 'strict-n', 'caught', 'strict'] as const)
      jsonBody(req, bodyClass);
  },
};
