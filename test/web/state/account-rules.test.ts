import test from 'node:test';
import assert from 'node:assert/strict';
import {
  displayNameProblem,
  passwordRules,
  usernameMistake,
  usernameProblem,
} from '../../../web/state/account-rules.ts';

const broken = (password: string): string[] =>
  passwordRules(password)
    .filter((rule) => !rule.kept)
    .map((rule) => rule.text);

test('every rule is there before anything is typed, and all are broken', () => {
  assert.equal(passwordRules('').length, 5);
  assert.equal(broken('').length, 5);
});

test('each rule is ticked by what it asks for', () => {
  assert.deepEqual(
    broken('abcdefgh').map((text) => text.split(' ').slice(0, 3).join(' ')),
    ['An upper case', 'A digit', 'A special character,'],
  );
  assert.deepEqual(broken('Passw0rd!'), []);
  for (const special of '!@#$%^&*()_+-=[]{};:\'",.<>?/\\|`~')
    assert.deepEqual(broken(`Aa1aaaa${special}`), [], special);
  assert.equal(broken('Aa1aaaaä').length, 1);
  assert.equal(broken('Aa1!aaa').length, 1);
});

test('a common password and one that is too long are named', () => {
  assert.ok(broken('TrustNo1').some((text) => text.includes('common')));
  assert.ok(broken(`Aa1!${'ä'.repeat(40)}`).some((text) => text.includes('72 bytes')));
});

test('usernames are 2 to 30 of the allowed characters', () => {
  for (const name of ['al', 'Alice_B-2', 'a'.repeat(30), ' al '])
    assert.equal(usernameProblem(name), null, name);
  for (const name of ['', 'a', 'a'.repeat(31), 'a b', 'ä1', 'a<b', 'a.b', 'ab\u202e'])
    assert.notEqual(usernameProblem(name), null, name);
});

test('a username that is still being typed is told of what more letters would not mend', () => {
  for (const name of ['', 'a', 'al', ' al ', 'Alice_B-2']) assert.equal(usernameMistake(name), null, name);
  for (const name of ['ä', 'a b', '<', 'a'.repeat(31)])
    assert.equal(usernameMistake(name), usernameProblem(`ab${name}`), name);
  assert.notEqual(usernameMistake('a b'), null);
});

test('display names are free text without markup and control characters', () => {
  for (const name of ['', 'Zoë O’Neil', '李雷']) assert.equal(displayNameProblem(name), null, name);
  for (const name of ['<b>', 'a>b', 'a\u0000b', 'a\nb', 'x'.repeat(51)])
    assert.notEqual(displayNameProblem(name), null, name);
});
