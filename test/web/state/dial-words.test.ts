import test from 'node:test';
import assert from 'node:assert/strict';
import { dialWords } from '../../../web/state/dial-words.ts';

test('every reason the mesh gives has words of its own, and none shows its code', () => {
  const unknown = dialWords('something new').what;
  for (const reason of [
    'timeout',
    'refused',
    'closed',
    'closed_after_ack',
    'not_wanted',
    'key_conflict',
    'secure_upgrade_timeout',
    'secure_required',
    'peer_key_changed',
    'handshake_peer_id_mismatch',
    'replayed_handshake',
  ]) {
    const { what, remedy } = dialWords(reason);
    assert.notEqual(what, unknown, reason);
    assert.doesNotMatch(`${what} ${remedy}`, /_/);
  }
  assert.doesNotMatch(unknown, /something new/);
});
