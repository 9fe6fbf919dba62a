/** The pure rules: expiry, previews, group ids, shadow names, posting, channel names (03 sections 2.2, 4.3, 5.1, 5.5, 5.10). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { parseTime, toDbTime } from '../../server/store/time.ts';
import type { PeerId, UserId } from '../../server/wire/ids.ts';
import {
  announcedPrivacy,
  channelName,
  isPublicForSync,
  isPublicOpen,
  isQuarantine,
  isTargeted,
} from '../../server/workspace/channel-rules.ts';
import { resolveExpiry } from '../../server/workspace/expiry-rule.ts';
import { postingRefusal, postingRights } from '../../server/workspace/posting-rule.ts';
import { securityMetadata } from '../../server/workspace/security-metadata.ts';
import { shadowUsernames } from '../../server/workspace/shadow-names.ts';
import { codePoints, cut, groupId, preview } from '../../server/workspace/text.ts';

const BASE = Date.UTC(2026, 2, 1, 12);

test('expiry: mode, time, seconds, default, in this order and capped', () => {
  const at = (wish: Parameters<typeof resolveExpiry>[0], applyDefault = true): string | null => {
    const expires = resolveExpiry(wish, BASE, applyDefault);
    return expires === null ? null : toDbTime(expires);
  };
  assert.equal(at({}), '2026-05-30 12:00:00');
  assert.equal(at({ ttlMode: 'IMMORTAL', expiresAt: '2026-03-02T00:00:00Z' }), '2027-03-01 12:00:00');
  assert.equal(at({ expiresAt: '2026-03-02T00:00:00+02:00' }), '2026-03-01 22:00:00');
  assert.equal(at({ expiresAt: '2040-01-01 00:00:00' }), '2028-02-29 12:00:00');
  assert.equal(at({ expiresAt: 'garbage', ttlSeconds: '90' }), '2026-03-01 12:01:30');
  assert.equal(at({ ttlSeconds: 0 }), '2026-05-30 12:00:00');
  assert.equal(at({ ttlSeconds: 0 }, false), null);
  assert.equal(at({ ttlSeconds: true }), '2026-05-30 12:00:00');
});

const vectorFile = path.join(import.meta.dirname, '../../../shared/vectors/storage/functions.json');
const vectors = z.object({
  resolve_expiry: z.object({
    base_time: z.string(),
    cases: z.array(
      z.object({
        input: z.object({
          expires_at: z.unknown().optional(),
          ttl_seconds: z.unknown().optional(),
          ttl_mode: z.unknown().optional(),
          apply_default: z.boolean().optional(),
        }),
        db_value: z.string().nullable(),
      }),
    ),
  }),
  group_id: z.array(z.object({ members: z.array(z.string()), group_id: z.string() })),
  preview: z.array(
    z.object({
      text: z.string().nullable(),
      preview: z.string().nullable(),
      dm_preview: z.string().nullable(),
    }),
  ),
  shadow_username_candidates: z.array(
    z.object({
      display_name: z.string().nullable(),
      peer_id: z.string(),
      user_id: z.string(),
      candidates: z.array(z.string()),
    }),
  ),
});

test('the reference’s own results', { skip: existsSync(vectorFile) ? false : 'no golden data here' }, () => {
  const golden = vectors.parse(JSON.parse(readFileSync(vectorFile, 'utf8')));
  const base = parseTime(golden.resolve_expiry.base_time) ?? 0;
  for (const { input, db_value } of golden.resolve_expiry.cases) {
    const wish = { expiresAt: input.expires_at, ttlSeconds: input.ttl_seconds, ttlMode: input.ttl_mode };
    const expires = resolveExpiry(wish, base, input.apply_default ?? true);
    assert.equal(expires === null ? null : toDbTime(expires), db_value, JSON.stringify(input));
  }
  for (const { members, group_id } of golden.group_id) assert.equal(groupId(nativeCrypto, members), group_id);
  for (const entry of golden.preview) {
    if (entry.text === null) continue;
    assert.equal(preview(entry.text, 120), entry.preview);
    assert.equal(cut(entry.text, 200), entry.dm_preview ?? '');
  }
  for (const entry of golden.shadow_username_candidates)
    assert.deepEqual(
      shadowUsernames(entry.display_name, entry.peer_id as PeerId, entry.user_id as UserId),
      entry.candidates,
    );
});

test('a preview or cut is never longer than asked and never half a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer({ min: 4, max: 120 }),
      (text, limit) => {
        for (const short of [preview(text, limit), cut(text, limit)]) {
          assert.ok(codePoints(short) <= limit);
          assert.ok(text.trim().startsWith(short.replace(/\.\.\.$/, '')));
        }
      },
    ),
  );
});

test('a group id does not depend on order or repeats', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }), (members) => {
      const id = groupId(nativeCrypto, members);
      assert.match(id, /^group:[0-9a-f]{12}$/);
      assert.equal(groupId(nativeCrypto, [...members, ...members].reverse()), id);
    }),
  );
});

test('curated channels: approved people start threads, replies follow their own switch', () => {
  const facts = { postPolicy: 'curated', allowMemberReplies: true, approved: false } as const;
  assert.deepEqual(postingRights(facts), { topLevel: false, reply: true });
  assert.equal(postingRefusal(facts, false), 'top_level_post_restricted');
  assert.equal(postingRefusal({ ...facts, allowMemberReplies: false }, true), 'reply_restricted');
  assert.equal(postingRefusal({ ...facts, approved: true, allowMemberReplies: false }, true), null);
  assert.equal(postingRefusal({ ...facts, postPolicy: 'open' }, false), null);
});

test('kinds of channels', () => {
  const kind = (channelType: string, privacyMode: string): boolean[] =>
    [isPublicOpen, isPublicForSync, isTargeted].map((is) => is({ channelType, privacyMode }));
  assert.deepEqual(kind('public', 'open'), [true, true, false]);
  assert.deepEqual(kind('general', 'guarded'), [false, true, false]);
  assert.deepEqual(kind('public', 'confidential'), [false, false, true]);
  assert.deepEqual(kind('private', 'open'), [false, false, true]);
  assert.equal(announcedPrivacy('nonsense', 'private'), 'private');
  assert.equal(announcedPrivacy(null, 'public'), 'open');
  assert.equal(channelName('  ##plans '), 'plans');
  assert.equal(codePoints(channelName('💬'.repeat(200))), 80);
  assert.ok(
    isQuarantine('Cagentstart0123456789abcdef') &&
      isQuarantine('x', 'agent-start-here') &&
      !isQuarantine('general'),
  );
});

test('security metadata keeps known scalars and drops the whole when one is unsound', () => {
  assert.deepEqual(securityMetadata({ privacy_mode: 'open', algorithm: 'x', version: 1 }), {
    algorithm: 'x',
    version: 1,
  });
  assert.equal(securityMetadata({ privacy_mode: 'open' }), null);
  assert.equal(securityMetadata({ algorithm: { nested: true } }), null);
  assert.equal(securityMetadata({ ciphertext: 'x'.repeat(4097) }), null);
});
