import test from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeInvite, readInvite } from '../../../web/state/invite.ts';

const FIELDS = {
  v: 1,
  pid: '3XjWVzhnQot4knTZ',
  epk: 'e'.repeat(44),
  xpk: 'x'.repeat(44),
  ep: ['ws://192.0.2.1:7771', 'ws://[2001:db8::1]:7771'],
};
const encode = (value: unknown): string =>
  `canopy:${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
const CODE = encode(FIELDS);
const NOBODY: ReadonlySet<string> = new Set();
const nobody = { ownPeerId: null, connected: NOBODY, known: NOBODY };

test('a code is read, with its peer and its addresses', () => {
  assert.deepEqual(readInvite(CODE), {
    state: 'invite',
    code: CODE,
    peerId: FIELDS.pid,
    endpoints: FIELDS.ep,
    later: false,
  });
});

test('spaces, line breaks, quotes, surrounding words and padding do not matter', () => {
  const broken = `${CODE.slice(0, 40)}\r\n   ${CODE.slice(40, 90)}\n${CODE.slice(90)}`;
  const forms = [
    `  ${CODE}\n`,
    `"${CODE}"`,
    `Here is my code: ${CODE}`,
    broken,
    `<${CODE}>`,
    CODE.slice('canopy:'.length),
    `Hi,\n\n${CODE}\n\nSee you, Bob`,
  ];
  for (const form of forms) {
    const reading = readInvite(form);
    assert.equal(reading.state, 'invite', form);
    assert.ok(reading.state === 'invite' && reading.code === CODE, form);
  }
});

test('nothing, something else and a cut-off code are three different things', () => {
  assert.equal(readInvite(' \n').state, 'empty');
  assert.equal(readInvite('https://example.org/').state, 'foreign');
  assert.equal(readInvite(CODE.slice(0, 60)).state, 'damaged');
  assert.equal(readInvite(encode({ ...FIELDS, pid: '' })).state, 'damaged');
  assert.equal(readInvite(encode([1])).state, 'damaged');
  assert.equal(readInvite(`canopy:${'A'.repeat(20_000)}`).state, 'damaged');
});

test('a code of a later version says so: it is read while what it needs is there', () => {
  const later = readInvite(encode({ ...FIELDS, v: 2, more: true }));
  assert.ok(later.state === 'invite');
  assert.equal(describeInvite(later, nobody).usable, true);
  assert.match(describeInvite(later, nobody).text, /A newer Canopy made this code/u);
  const { epk: _key, ...other } = FIELDS;
  const unsupported = readInvite(encode({ ...other, v: 3 }));
  assert.deepEqual(unsupported, { state: 'unsupported', version: 3 });
  assert.match(describeInvite(unsupported, nobody).text, /is of version 3, which this Canopy does not read/u);
  assert.equal(describeInvite(unsupported, nobody).usable, false);
  assert.equal(readInvite(encode({ ...other, v: 1 })).state, 'damaged');
});

test('a code without addresses, or with odd ones, is still a code', () => {
  const reading = readInvite(encode({ ...FIELDS, ep: ['ws://192.0.2.1:1', 7, null] }));
  assert.ok(reading.state === 'invite');
  assert.deepEqual(reading.endpoints, ['ws://192.0.2.1:1']);
  const { ep: _ep, ...without } = FIELDS;
  const bare = readInvite(encode(without));
  assert.ok(bare.state === 'invite');
  assert.match(describeInvite(bare, nobody).text, /no address$/);
});

test('each outcome has its own sentence', () => {
  const reading = readInvite(CODE);
  assert.deepEqual(describeInvite(reading, nobody), {
    tone: 'ok',
    text: 'Peer 3XjWVzhnQot4knTZ, 2 addresses',
    usable: true,
  });
  const own = describeInvite(reading, { ...nobody, ownPeerId: FIELDS.pid });
  assert.equal(own.usable, false);
  assert.match(own.text, /your own/);
  assert.match(
    describeInvite(reading, { ...nobody, connected: new Set([FIELDS.pid]) }).text,
    /Already connected/,
  );
  assert.match(describeInvite(reading, { ...nobody, known: new Set([FIELDS.pid]) }).text, /Already known/);
  const texts = ['', 'x y z', 'canopy:abc'].map((text) => describeInvite(readInvite(text), nobody));
  assert.equal(new Set(texts.map((words) => words.text)).size, 3);
  assert.ok(texts.every((words) => !words.usable));
});

test('no text makes reading throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `canopy:${text}`),
        fc.json().map((text) => `canopy:${Buffer.from(text).toString('base64url')}`),
      ),
      (text) => {
        const reading = readInvite(text);
        assert.ok(describeInvite(reading, nobody).text.length > 0);
      },
    ),
    { numRuns: 1_000 },
  );
});
