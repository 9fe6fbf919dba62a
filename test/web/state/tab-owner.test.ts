/** What a tab keeps belongs to one account (05 section 10.13, X-6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimTab } from '../../../web/state/tab-owner.ts';

function store(): { kept: Map<string, unknown> } & Parameters<typeof claimTab>[0] {
  const kept = new Map<string, unknown>();
  return {
    kept,
    read: (key) => kept.get(key) ?? null,
    write: (key, value) => void kept.set(key, value),
    erase: () => kept.clear(),
  };
}

test('the same account finds what it left, another finds nothing', () => {
  const tab = store();
  assert.equal(claimTab(tab, 'ann'), false);
  tab.write('drafts', { general: 'unsent' });
  assert.equal(claimTab(tab, 'ann'), false);
  assert.deepEqual(tab.read('drafts'), { general: 'unsent' });
  assert.equal(claimTab(tab, 'ben'), true);
  assert.equal(tab.read('drafts'), null);
  tab.write('drafts', { general: 'of Ben' });
  assert.equal(claimTab(tab, 'ben'), false);
  assert.deepEqual(tab.read('drafts'), { general: 'of Ben' });
});
