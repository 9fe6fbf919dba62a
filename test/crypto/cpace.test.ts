/** The vectors of draft-irtf-cfrg-cpace for ristretto255 and SHA-512. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, toHex, utf8 } from '../../server/crypto/bytes.ts';
import {
  cpaceConfirmation,
  cpaceConfirms,
  cpaceGenerator,
  cpaceKey,
  cpaceSecretPoint,
  cpaceShare,
  lvCat,
  scalarOf,
} from '../../server/crypto/cpace.ts';
import { SeededRandom } from '../sim/seeded-random.ts';

const hex = (text: string): Uint8Array => fromHex(text) ?? assert.fail('no hex');
const random = new SeededRandom(3);

const input = {
  prs: utf8('Password'),
  ci: hex('0b415f696e69746961746f720b425f726573706f6e646572'),
  sid: hex('7e4b4791d6a8ef019b936c79fb7f2c57'),
};
const a = {
  scalar: scalarOf(hex('da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08')),
  share: hex('d6bac480f2c386c394efc7c47adb9925dcd2630b64f240c50f8d0eec482b9157'),
};
const b = {
  scalar: scalarOf(hex('d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d')),
  share: hex('3ea7e0b19560d7c0b0f5734f63b955286dfa8232b5ebe63324e2d9e7433f7258'),
};

describe('CPace', () => {
  it('puts lengths before parts', () => {
    const parts = ['1234', '5', '', '6789'].map(utf8);
    assert.equal(toHex(lvCat(...parts)), '04313233340135000436373839');
    const long = lvCat(Uint8Array.from({ length: 128 }, (_, i) => i));
    assert.equal(long.length, 130);
    assert.equal(toHex(long.subarray(0, 4)), '80010001');
  });

  it('computes the generator, the shares and the key of the draft', () => {
    const generator = '222b6b195fe84b1652badb6f6a3ae3d24341e7306967f0b8115b40d5698c7e56';
    assert.equal(toHex(cpaceGenerator(input).toBytes()), generator);
    assert.deepEqual(cpaceShare(input, random, a.scalar), a);
    assert.deepEqual(cpaceShare(input, random, b.scalar), b);
    const point = '80b69a8a76457ab6a4d7f887a4bf6b55a2f80ac19c333f917a05fc9887c8b40f';
    assert.equal(toHex(cpaceSecretPoint(a.scalar, b.share) ?? assert.fail()), point);
    assert.equal(toHex(cpaceSecretPoint(b.scalar, a.share) ?? assert.fail()), point);
    const shares = { a: a.share, b: b.share, ada: utf8('ADa'), adb: utf8('ADb') };
    const key =
      'b69effbf61b51d56401c0f65601abe428de8206feaaf0e32198896dcae7b35cd2b38950a39dfd5d4a79164614c2984f7daa460b588c1e80c3fa2068af7900447';
    assert.equal(toHex(cpaceKey(input, a, b.share, shares) ?? assert.fail()), key);
    assert.equal(toHex(cpaceKey(input, b, a.share, shares) ?? assert.fail()), key);
  });

  it('multiplies what is valid and nothing else', () => {
    const scalar = scalarOf(hex('7cd0e075fa7955ba52c02759a6c90dbbfc10e6d40aea8d283e407d88cf538a05'));
    const valid = hex('2c3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c');
    const product = '7c13645fe790a468f62c39beb7388e541d8405d1ade69d1778c5fe3e7f6b600e';
    assert.equal(toHex(cpaceSecretPoint(scalar, valid) ?? assert.fail()), product);
    const invalid = hex('2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c');
    assert.equal(cpaceSecretPoint(scalar, invalid), null);
    assert.equal(cpaceSecretPoint(scalar, new Uint8Array(32)), null);
    assert.equal(cpaceSecretPoint(scalar, new Uint8Array(31)), null);
  });

  it('confirms with the same secret, names and session only', () => {
    const run = (other: typeof input): boolean => {
      const [ours, theirs] = [cpaceShare(input, random), cpaceShare(other, random)];
      const shares = { a: ours.share, b: theirs.share };
      const [left, right] = [
        cpaceKey(input, ours, theirs.share, shares) ?? assert.fail(),
        cpaceKey(other, theirs, ours.share, shares) ?? assert.fail(),
      ];
      const tag = cpaceConfirmation(right, other.sid, theirs.share);
      return cpaceConfirms(left, input.sid, theirs.share, tag);
    };
    assert.equal(run(input), true);
    assert.equal(run({ ...input, prs: utf8('password') }), false);
    assert.equal(run({ ...input, ci: utf8('others') }), false);
    assert.equal(run({ ...input, sid: utf8('another') }), false);
  });
});
