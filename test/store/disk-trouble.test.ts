import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDiskTrouble } from '../../server/store/disk-trouble.ts';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

test('a full or unwritable disk is told from faults of the program', () => {
  for (const code of ['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'ENOSPC', 'EDQUOT'])
    assert.ok(isDiskTrouble(withCode(code)), code);
  assert.ok(isDiskTrouble(new Error('outer', { cause: withCode('SQLITE_FULL') })));
  for (const error of [withCode('SQLITE_CONSTRAINT'), new TypeError('x'), 'SQLITE_FULL', null])
    assert.equal(isDiskTrouble(error), false);
});
