import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { nobleCrypto } from '../../server/crypto/noble.ts';
import {
  createEnvelope,
  frameText,
  parseEnvelope,
  parseFrame,
  signingBytes,
  verifyEnvelope,
} from '../../server/wire/envelope.ts';
import type { Envelope, EnvelopeDraft } from '../../server/wire/envelope.ts';
import { WireError } from '../../server/wire/errors.ts';
import type { WireErrorCode } from '../../server/wire/errors.ts';
import { PyFloat, parsePyJson, printPyJson } from '../../server/wire/pyjson.ts';
import type { PyObject, PyValue } from '../../server/wire/pyjson.ts';
import { awkwardText, jsonLikeText, messageType, pyValue, testPeer } from './support.ts';

const author = testPeer(1);
const draft: EnvelopeDraft = {
  id: 'ab'.repeat(16),
  type: 'channel_message',
  toPeer: null,
  timestamp: 1735689600.5,
  ttl: 3,
  payload: parsePyJson('{"content": "hi", "metadata": {"n": 1.0}}'),
};
const refused = (code: WireErrorCode) => (error: unknown) =>
  error instanceof WireError && error.code === code;

const anyDraft = fc.record({
  id: awkwardText,
  type: messageType,
  toPeer: fc.option(awkwardText),
  timestamp: fc.double({ noNaN: true, noDefaultInfinity: true }),
  ttl: fc.integer({ min: 1, max: 9 }),
  payload: pyValue(),
});

function envelopeOf(text: string): Envelope {
  const frame = parseFrame(text);
  assert.ok(frame.kind === 'p2p_message');
  return frame.envelope;
}

/** The message of a frame, to be damaged. */
function messageOf(envelope: Envelope): PyObject {
  const frame = parsePyJson(frameText(envelope));
  assert.ok(frame instanceof Map);
  const message = frame.get('message');
  assert.ok(message instanceof Map);
  return message;
}

describe('a message', () => {
  it('is parsed from its frame as it was made', () => {
    fc.assert(
      fc.property(anyDraft, (any) => {
        const envelope = createEnvelope(nativeCrypto, author, any);
        assert.deepStrictEqual(envelopeOf(frameText(envelope)), envelope);
      }),
    );
  });

  it('keeps its signed bytes and its signature over any number of relays', () => {
    fc.assert(
      fc.property(anyDraft, fc.integer({ min: 1, max: 4 }), (any, hops) => {
        const made = createEnvelope(nativeCrypto, author, any);
        let relayed = made;
        for (let i = 0; i < hops; i += 1)
          relayed = envelopeOf(frameText({ ...relayed, ttl: relayed.ttl - 1 }));
        assert.equal(relayed.ttl, made.ttl - hops);
        assert.deepEqual(signingBytes(relayed), signingBytes(made));
        assert.ok(verifyEnvelope(nativeCrypto, author.ed25519.publicKey, relayed));
      }),
    );
  });

  it('is signed over pure ASCII', () => {
    fc.assert(
      fc.property(anyDraft, (any) => {
        const bytes = signingBytes(createEnvelope(nativeCrypto, author, any));
        assert.ok(bytes.every((byte) => byte >= 0x20 && byte < 0x7f));
      }),
    );
  });

  it('no longer verifies when anything under the signature changed', () => {
    const made = createEnvelope(nativeCrypto, author, draft);
    const changes: Partial<Envelope>[] = [
      { id: 'other' },
      { type: 'feed_post' },
      { fromPeer: testPeer(2).peerId },
      { toPeer: '' },
      { timestampToken: new PyFloat(1735689600.25) },
      { encryptedPayload: '' },
      { payload: null },
      { payload: parsePyJson('{"content": "hi", "metadata": {"n": 1}}') },
      { signature: null },
      { signature: '' },
      { signature: 'zz' },
      { signature: made.signature?.slice(2) ?? '' },
      { signature: `${made.signature}00` },
    ];
    for (const crypto of [nativeCrypto, nobleCrypto]) {
      assert.ok(verifyEnvelope(crypto, author.ed25519.publicKey, made));
      assert.ok(verifyEnvelope(crypto, author.ed25519.publicKey, { ...made, ttl: 99 }));
      assert.ok(!verifyEnvelope(crypto, testPeer(2).ed25519.publicKey, made));
      for (const change of changes) {
        assert.ok(
          !verifyEnvelope(crypto, author.ed25519.publicKey, { ...made, ...change }),
          JSON.stringify(Object.keys(change)),
        );
      }
    }
  });

  it('is written with all nine keys in the order of the reference', () => {
    const text = frameText(createEnvelope(nativeCrypto, author, draft));
    assert.match(
      text,
      /^\{"type": "p2p_message", "message": \{"id": .*, "type": .*, "from_peer": .*, "to_peer": null, "timestamp": 1735689600\.5, "ttl": 3, "signature": ".*", "encrypted_payload": null, "payload": \{.*\}\}\}$/,
    );
  });

  it('carries either a payload or ciphertext', () => {
    const envelope = createEnvelope(nativeCrypto, author, {
      id: 'x',
      type: 'direct_message',
      toPeer: testPeer(2).peerId,
      timestamp: 1,
      ttl: 1,
      encryptedPayload: '00',
    });
    assert.equal(envelope.payload, null);
    assert.ok(verifyEnvelope(nativeCrypto, author.ed25519.publicKey, envelopeOf(frameText(envelope))));
  });
});

describe('parsing a message', () => {
  const cases: [string, (message: PyObject) => void, WireErrorCode][] = [
    ['no id', (m) => m.delete('id'), 'envelope'],
    ['a number as id', (m) => m.set('id', 1), 'envelope'],
    ['an id without end', (m) => m.set('id', 'x'.repeat(513)), 'envelope'],
    ['a target without end', (m) => m.set('to_peer', 'x'.repeat(513)), 'envelope'],
    ['an unknown type', (m) => m.set('type', 'chat'), 'unknown_type'],
    ['no type', (m) => m.delete('type'), 'unknown_type'],
    ['a type from the prototype', (m) => m.set('type', 'constructor'), 'unknown_type'],
    ['no author', (m) => m.delete('from_peer'), 'envelope'],
    ['an author that is no peer id', (m) => m.set('from_peer', 'me'), 'envelope'],
    ['a list as target', (m) => m.set('to_peer', []), 'envelope'],
    ['no timestamp', (m) => m.delete('timestamp'), 'envelope'],
    ['a text as timestamp', (m) => m.set('timestamp', '1'), 'envelope'],
    ['NaN as timestamp', (m) => m.set('timestamp', new PyFloat(NaN)), 'envelope'],
    ['an infinite timestamp', (m) => m.set('timestamp', 10n ** 400n), 'envelope'],
    ['no ttl', (m) => m.delete('ttl'), 'envelope'],
    ['a fraction as ttl', (m) => m.set('ttl', new PyFloat(3)), 'envelope'],
    ['a huge ttl', (m) => m.set('ttl', 2n ** 70n), 'envelope'],
    ['true as ttl', (m) => m.set('ttl', true), 'envelope'],
    ['a number as signature', (m) => m.set('signature', 1), 'envelope'],
    ['an object as ciphertext', (m) => m.set('encrypted_payload', new Map()), 'envelope'],
  ];
  for (const [what, damage, code] of cases) {
    it(`refuses ${what}`, () => {
      const message = messageOf(createEnvelope(nativeCrypto, author, draft));
      damage(message);
      assert.throws(() => parseEnvelope(message), refused(code));
    });
  }

  it('takes absent target, signature, ciphertext and payload for null', () => {
    const message = messageOf(createEnvelope(nativeCrypto, author, draft));
    for (const key of ['to_peer', 'signature', 'encrypted_payload', 'payload']) message.delete(key);
    const envelope = parseEnvelope(message);
    assert.deepEqual(
      [envelope.toPeer, envelope.signature, envelope.encryptedPayload, envelope.payload],
      [null, null, null, null],
    );
  });

  it('keeps an integer timestamp an integer', () => {
    const message = messageOf(createEnvelope(nativeCrypto, author, draft));
    message.set('timestamp', 1735689600);
    assert.match(frameText(parseEnvelope(message)), /"timestamp": 1735689600, /);
  });
});

describe('parsing a frame', () => {
  it('tells other frames apart by their type', () => {
    assert.deepEqual(parseFrame('{"type": "handshake"}'), { kind: 'other', type: 'handshake' });
    assert.deepEqual(parseFrame('{}'), { kind: 'other', type: '' });
    assert.deepEqual(parseFrame('{"type": 5}'), { kind: 'other', type: '' });
  });

  for (const bad of [
    '',
    '[]',
    'null',
    '"x"',
    '{"type": "p2p_message"}',
    '{"type": "p2p_message", "message": []}',
    'hello',
  ]) {
    it(`refuses ${JSON.stringify(bad)}`, () => assert.throws(() => parseFrame(bad), WireError));
  }

  it('throws nothing but its own error', () => {
    const nearly = fc
      .tuple(
        fc.constantFrom('id', 'type', 'from_peer', 'to_peer', 'timestamp', 'ttl', 'signature', 'payload'),
        pyValue(),
      )
      .map(([key, value]): PyValue => {
        const message = messageOf(createEnvelope(nativeCrypto, author, draft));
        message.set(key, value);
        return new Map<string, PyValue>([
          ['type', 'p2p_message'],
          ['message', message],
        ]);
      })
      .map((frame) => printPyJson(frame));
    fc.assert(
      fc.property(fc.oneof(jsonLikeText, nearly), (text) => {
        try {
          const frame = parseFrame(text);
          if (frame.kind === 'p2p_message')
            verifyEnvelope(nativeCrypto, author.ed25519.publicKey, frame.envelope);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes a bounded number of steps per character', () => {
    const steps = (content: string): number => {
      const payload: PyObject = new Map([['content', content]]);
      const text = frameText(createEnvelope(nativeCrypto, author, { ...draft, payload }));
      return countSteps(() => void parseFrame(text)) / text.length;
    };
    assert.ok(steps('x'.repeat(1000)) < 20);
    assert.ok(steps('\u0001"'.repeat(1000)) < 20);
  });
});
