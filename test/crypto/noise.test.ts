import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import type { CryptoBackend, KeyPair } from '../../server/crypto/backend.ts';
import { concatBytes, fromHex, toHex, utf8 } from '../../server/crypto/bytes.ts';
import { CipherState, HandshakeState, NoiseError } from '../../server/crypto/noise.ts';
import type { NoiseTransport } from '../../server/crypto/noise.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { generateX25519 } from '../../server/crypto/keys.ts';
import { SLOW_RUNS, anyBytes, backends, bytesOf, seededRandom } from './support.ts';

const EMPTY = new Uint8Array(0);
const hex = z.string().transform((text) => fromHex(text) ?? assert.fail('not hex'));
const schema = z.object({
  vectors: z
    .array(
      z.object({
        protocol_name: z.literal('Noise_KK_25519_ChaChaPoly_SHA256'),
        init_prologue: hex,
        init_static: hex,
        init_ephemeral: hex,
        init_remote_static: hex,
        resp_prologue: hex,
        resp_static: hex,
        resp_ephemeral: hex,
        resp_remote_static: hex,
        handshake_hash: hex.optional(),
        messages: z.array(z.object({ payload: hex, ciphertext: hex })).min(3),
      }),
    )
    .min(1),
});
const vectorsOf = (name: string) =>
  schema.parse(
    JSON.parse(readFileSync(path.join(import.meta.dirname, `../vectors/noise/${name}.json`), 'utf8')),
  ).vectors;

const keys = (crypto: CryptoBackend, privateKey: Uint8Array): KeyPair => ({
  privateKey,
  publicKey: crypto.x25519PublicKey(privateKey),
});

/** A whole handshake with empty payloads. */
function handshake(
  crypto: CryptoBackend,
  named: Record<'is' | 'rs' | 'ie' | 're', KeyPair>,
  prologue: Uint8Array,
): { first: Uint8Array; second: Uint8Array; initiator: NoiseTransport; responder: NoiseTransport } {
  const i = new HandshakeState(
    { crypto },
    {
      role: 'initiator',
      staticKeys: named.is,
      ephemeralKeys: named.ie,
      remoteStaticKey: named.rs.publicKey,
      prologue,
    },
  );
  const r = new HandshakeState(
    { crypto },
    {
      role: 'responder',
      staticKeys: named.rs,
      ephemeralKeys: named.re,
      remoteStaticKey: named.is.publicKey,
      prologue,
    },
  );
  const first = i.writeMessage();
  r.readMessage(first);
  const second = r.writeMessage();
  i.readMessage(second);
  return { first, second, initiator: i.split(), responder: r.split() };
}

for (const [name, crypto] of backends) {
  for (const source of ['cacophony', 'snow']) {
    it(`${name}: the published vectors of ${source}`, () => {
      for (const vector of vectorsOf(source)) {
        const is = keys(crypto, vector.init_static);
        const rs = keys(crypto, vector.resp_static);
        assert.deepEqual(is.publicKey, vector.resp_remote_static);
        assert.deepEqual(rs.publicKey, vector.init_remote_static);
        const sides = [
          new HandshakeState(
            { crypto },
            {
              role: 'initiator',
              staticKeys: is,
              ephemeralKeys: keys(crypto, vector.init_ephemeral),
              remoteStaticKey: rs.publicKey,
              prologue: vector.init_prologue,
            },
          ),
          new HandshakeState(
            { crypto },
            {
              role: 'responder',
              staticKeys: rs,
              ephemeralKeys: keys(crypto, vector.resp_ephemeral),
              remoteStaticKey: is.publicKey,
              prologue: vector.resp_prologue,
            },
          ),
        ] as const;
        let transports: readonly [NoiseTransport, NoiseTransport] | null = null;
        for (const [index, { payload, ciphertext }] of vector.messages.entries()) {
          const [from, to] = index % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
          if (index < 2) {
            assert.equal(toHex(sides[from].writeMessage(payload)), toHex(ciphertext));
            assert.deepEqual(sides[to].readMessage(ciphertext), payload);
            continue;
          }
          transports ??= [sides[0].split(), sides[1].split()];
          assert.equal(toHex(transports[from].send.encrypt(EMPTY, payload)), toHex(ciphertext));
          assert.deepEqual(transports[to].receive.decrypt(EMPTY, ciphertext), payload);
        }
        assert.ok(transports);
        assert.deepEqual(transports[0].handshakeHash, transports[1].handshakeHash);
        if (vector.handshake_hash) assert.deepEqual(transports[0].handshakeHash, vector.handshake_hash);
      }
    });
  }

  it(`${name}: the check values of 06 section 6`, () => {
    const named = (text: string): KeyPair => keys(crypto, crypto.sha256(utf8(text)));
    const all = { is: named('is'), rs: named('rs'), ie: named('ie'), re: named('re') };
    assert.equal(toHex(all.is.publicKey), 'fab825d2e2972a8692228d2efde6f70143e4d79aa1a351d284fc9b5d72fc2f5f');
    assert.equal(toHex(all.rs.publicKey), '821dd8804a2d70cc2a433eac843ff42eddc2fbcfcf11093549dcfe2bbdb79c68');
    const prologue = (label: string): Uint8Array =>
      concatBytes(utf8(label), crypto.sha256(utf8('H')), crypto.sha256(utf8('A')));
    const { first, second, initiator, responder } = handshake(
      crypto,
      all,
      prologue('canopy-secure-session-v1'),
    );
    assert.equal(
      toHex(first),
      'e0e8c8ab7d0a0f98f8ecf394d51d1a9f443b6a7299949ba4758996b9fd9c105cdfe46fdde5e57a19ff8bd77fa5914912',
    );
    assert.equal(
      toHex(second),
      '2de1046fdb204e574e84e22d2a8303623035f57b916c22eeff6bd7b13fdaed0d97612230871c1611e35d7316432651a8',
    );
    assert.equal(
      toHex(initiator.handshakeHash),
      '7f0e7c74b61ef6defd5f2940d48468a0ed104e3002ec4e86a21a6a6d0424b3fd',
    );
    assert.equal(
      toHex(handshake(crypto, all, prologue('canopy-secure-tunnel-v1')).initiator.handshakeHash),
      'adf79379846d302e347bda8c2619abf154165ffb406cb239f673121a7070c9ee',
    );
    const plain = (text: string): Uint8Array => fromHex(text) ?? assert.fail();
    const says = (side: NoiseTransport, frame: Uint8Array): string => toHex(side.send.encrypt(EMPTY, frame));
    const object = utf8('{}');
    assert.equal(
      says(initiator, concatBytes(plain('010000000000'), object)),
      'd8e5c9acafff1a40b6ceca4660a338554eeba9b500c29238',
    );
    assert.equal(
      says(responder, concatBytes(plain('020000000000'), object)),
      '8e350ded452d57084542711996a97862ce3949a2a59b273a',
    );
    assert.equal(says(initiator, plain('060000000000')), 'e991cdc2c46d10453dda20ad2c7e46bc337085bdd5d8');
    initiator.send.rekey();
    assert.equal(initiator.send.n, 2);
    assert.equal(
      says(initiator, concatBytes(plain('040000000000'), new Uint8Array(8))),
      'ea38e32c986363d860dd3a851924b26261bb78c38d64498c3fd3f7665a29',
    );
  });
}

describe('a handshake that somebody touched', () => {
  const random = seededRandom(7);
  const crypto = nativeCrypto;
  const fresh = (): Record<'is' | 'rs' | 'ie' | 're', KeyPair> => ({
    is: generateX25519(random),
    rs: generateX25519(random),
    ie: generateX25519(random),
    re: generateX25519(random),
  });
  const init = (
    role: 'initiator' | 'responder',
    all: ReturnType<typeof fresh>,
    prologue: Uint8Array = EMPTY,
  ) =>
    new HandshakeState(
      { crypto },
      {
        role,
        staticKeys: role === 'initiator' ? all.is : all.rs,
        ephemeralKeys: role === 'initiator' ? all.ie : all.re,
        remoteStaticKey: role === 'initiator' ? all.rs.publicKey : all.is.publicKey,
        prologue,
      },
    );
  const fails = (code: NoiseError['code'], run: () => unknown): void =>
    assert.throws(run, (error: unknown) => error instanceof NoiseError && error.code === code);

  it('fails with any bit of either message flipped', () => {
    fc.assert(
      fc.property(fc.nat({ max: 48 * 8 - 1 }), fc.boolean(), (bit, second) => {
        const all = fresh();
        const [i, r] = [init('initiator', all), init('responder', all)];
        const flip = (message: Uint8Array): Uint8Array => {
          message[bit >> 3] = (message[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return message;
        };
        const first = i.writeMessage();
        // The top bit of a key is no part of it, but it is hashed.
        if (!second) return fails('tag', () => r.readMessage(flip(first)));
        r.readMessage(first);
        fails('tag', () => i.readMessage(flip(r.writeMessage())));
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('fails with another prologue, another static key, or the messages of two handshakes mixed', () => {
    const all = fresh();
    const first = init('initiator', all).writeMessage();
    fails('tag', () => init('responder', all, utf8('x')).readMessage(first));
    fails('tag', () => init('responder', { ...all, is: generateX25519(random) }).readMessage(first));
    fails('tag', () => init('responder', { ...all, rs: generateX25519(random) }).readMessage(first));
    const i = init('initiator', all);
    i.writeMessage();
    const r = init('responder', { ...all, ie: generateX25519(random) });
    r.readMessage(init('initiator', { ...all, ie: generateX25519(random) }).writeMessage());
    fails('tag', () => i.readMessage(r.writeMessage()));
  });

  it('aborts at keys that agree to zero, wrong lengths and wrong turns', () => {
    const all = fresh();
    const first = init('initiator', all).writeMessage();
    const zero = first.slice();
    zero.fill(0, 0, 32);
    fails('key', () => init('responder', all).readMessage(zero));
    fails('size', () => init('responder', all).readMessage(first.subarray(0, 47)));
    fails('size', () => init('responder', all).readMessage(new Uint8Array(65_536)));
    fails('order', () => init('responder', all).writeMessage());
    fails('order', () => init('initiator', all).readMessage(first));
    fails('order', () => init('initiator', all).split());
    const i = init('initiator', all);
    i.writeMessage();
    fails('order', () => i.writeMessage());
    fails('size', () => init('initiator', all).writeMessage(new Uint8Array(65_535)));
  });
});

it('both backends agree on any handshake, its messages and its rekeyed ciphers', () => {
  fc.assert(
    fc.property(bytesOf(32), bytesOf(32), bytesOf(32), bytesOf(32), anyBytes(), (a, b, c, d, prologue) => {
      const results = backends.map(([, crypto]) => {
        const all = { is: keys(crypto, a), rs: keys(crypto, b), ie: keys(crypto, c), re: keys(crypto, d) };
        const { first, second, initiator, responder } = handshake(crypto, all, prologue);
        initiator.send.rekey();
        responder.receive.rekey();
        const sealed = initiator.send.encrypt(prologue, prologue);
        assert.deepEqual(responder.receive.decrypt(prologue, sealed), prologue);
        return [first, second, initiator.handshakeHash, sealed].map(toHex);
      });
      assert.deepEqual(results[0], results[1]);
    }),
    { numRuns: SLOW_RUNS },
  );
});

it('a cipher opens its messages in order only, and one that fails changes nothing', () => {
  const key = seededRandom(3).bytes(32);
  const send = new CipherState(nativeCrypto, key);
  const receive = new CipherState(nativeCrypto, key);
  const [one, two] = [send.encrypt(EMPTY, utf8('one')), send.encrypt(EMPTY, utf8('two'))];
  assert.throws(() => receive.decrypt(EMPTY, two), NoiseError);
  assert.throws(() => receive.decrypt(utf8('other'), one), NoiseError);
  assert.deepEqual(receive.decrypt(EMPTY, one), utf8('one'));
  assert.throws(() => receive.decrypt(EMPTY, one), NoiseError);
  assert.deepEqual(receive.decrypt(EMPTY, two), utf8('two'));
  assert.equal(receive.n, 2);
});
