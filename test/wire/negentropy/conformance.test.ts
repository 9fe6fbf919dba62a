import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { converse, recordNumber, snapshotOf } from './support.ts';

/** Dialogues of two published implementations, long messages as `length:SHA-256`. */
const dialogueSchema = z.object({
  count: z.number(),
  perSecond: z.number(),
  limits: z.tuple([z.number(), z.number()]),
  clientLacks: z.union([z.literal('all'), z.array(z.number())]),
  serverLacks: z.union([z.literal('all'), z.array(z.number())]),
  messages: z.array(z.string()),
});

const dialogues = readFileSync(new URL('fixtures/dialogues.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => dialogueSchema.parse(JSON.parse(line)));

function without(dialogue: z.infer<typeof dialogueSchema>, lacks: 'all' | number[]) {
  const missing = new Set(lacks === 'all' ? [] : lacks);
  const count = lacks === 'all' ? 0 : dialogue.count;
  const numbers = Array.from({ length: count }, (_, n) => n).filter((n) => !missing.has(n));
  return snapshotOf(numbers.map((n) => recordNumber(n, dialogue.perSecond)));
}

function printed(message: Uint8Array): string {
  return message.length <= 200 ? toHex(message) : `${message.length}:${toHex(nativeCrypto.sha256(message))}`;
}

describe('recorded dialogues of the published implementation', () => {
  it('are there, with messages at their limit', () => {
    assert.ok(dialogues.length >= 50);
    assert.ok(dialogues.some(({ messages }) => messages.length > 20));
  });

  for (const [number, dialogue] of dialogues.entries())
    it(`number ${number}: ${dialogue.count} records, byte for byte`, () => {
      const { clientLacks, serverLacks, limits } = dialogue;
      const said = converse(without(dialogue, clientLacks), without(dialogue, serverLacks), limits);
      assert.deepEqual(said.messages.map(printed), dialogue.messages);
    });
});
