/** `storage`, `functions.json`: pure functions of storage with the results of the reference (03). */
import * as z from 'zod';
import { utf8 } from '../../../server/crypto/bytes.ts';
import { parseTime, toDbTime } from '../../../server/store/time.ts';
import { decodeKeyMaterial, encodeKeyMaterial } from '../../../server/wire/channel-crypto.ts';
import type { PeerId, UserId } from '../../../server/wire/ids.ts';
import { canonicalJson, fromPlain } from '../../../server/wire/pyjson.ts';
import { apiKeyHash } from '../../../server/workspace/api-keys.ts';
import { resolveExpiry } from '../../../server/workspace/expiry-rule.ts';
import { FileRefused, checkFile } from '../../../server/workspace/file-checks.ts';
import { fileMetadata } from '../../../server/workspace/file-names.ts';
import { categoryOf } from '../../../server/workspace/file-types.ts';
import { extractMentions } from '../../../server/workspace/mention-handles.ts';
import { isLegacyHash, legacyHash, passwordViolations } from '../../../server/workspace/password.ts';
import { shadowUsernames } from '../../../server/workspace/shadow-names.ts';
import { cut, groupId, preview } from '../../../server/workspace/text.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, isObject, toHexText } from '../check.ts';
import type { VectorCase } from '../types.ts';

/** Code points of the preview of a channel message and of a direct message (03 section 5.9, 04 section 7.1). */
const PREVIEW = 120;
const DM_PREVIEW = 200;
/** Hex digits of a profile hash (03 section 4.4). */
const PROFILE_HASH_HEX = 16;

const text = z.string();
const keyMaterial = z.union([
  z.object({ key_hex: text, encoded: text }),
  z.object({ stored: text, key_hex: text.nullable() }),
]);
const expirySchema = z.object({
  base_time: text,
  cases: z.array(
    z.object({
      input: z.object({
        expires_at: z.unknown().optional(),
        ttl_seconds: z.unknown().optional(),
        ttl_mode: z.unknown().optional(),
        apply_default: z.boolean().optional(),
      }),
      db_value: text.nullable(),
    }),
  ),
});

/** Why nobody runs the entries of a key. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  remote_attachment_reference: 'a helper of the reference; what comes is read by the schema of attachments',
  sync_digest:
    'digests are [extended]: our nodes reconcile, and Python nodes do not compare them (02 section 10, R15)',
};

/** One check per key; each gets one entry of the key's list. */
const CHECKS: Readonly<Record<string, (entry: unknown) => void | Promise<void>>> = {
  group_id: (entry) => {
    const { members, group_id } = z.object({ members: z.array(text), group_id: text }).parse(entry);
    for (const crypto of backends) expectEqual({ group_id: groupId(crypto, members) }, { group_id });
  },
  api_key_hash: (entry) => {
    const { key, key_hash } = z.object({ key: text, key_hash: text }).parse(entry);
    for (const crypto of backends) expectEqual({ key_hash: apiKeyHash(crypto, key) }, { key_hash });
  },
  legacy_password_hash: (entry) => {
    const vector = z
      .object({ secret_key: text, password: text, hash: text, is_legacy: z.boolean() })
      .parse(entry);
    const { secret_key, password, hash, is_legacy } = vector;
    for (const crypto of backends) {
      const ours = {
        hash: legacyHash(crypto, secret_key, password),
        is_legacy: isLegacyHash(hash),
      };
      expectEqual(ours, { hash, is_legacy });
    }
  },
  password_strength: (entry) => {
    const { password, ...expected } = z
      .object({ password: text, ok: z.boolean(), error: text.nullable() })
      .parse(entry);
    const [first] = passwordViolations(password);
    expectEqual({ ok: first === undefined, error: first ?? null }, expected);
  },
  preview: (entry) => {
    const vector = z
      .object({ text: text.nullable(), preview: text.nullable(), dm_preview: text.nullable() })
      .parse(entry);
    if (vector.text === null) return; // A message without text has no preview to make.
    expectEqual(
      { preview: preview(vector.text, PREVIEW), dm_preview: cut(vector.text, DM_PREVIEW) },
      { preview: vector.preview ?? '', dm_preview: vector.dm_preview ?? '' },
    );
  },
  profile_hash: (entry) => {
    const { card, ...expected } = z
      .object({ card: z.record(text, z.unknown()), canonical_json: text, profile_hash: text })
      .parse(entry);
    const canonical = canonicalJson(fromPlain(card));
    for (const crypto of backends) {
      const hash = toHexText(crypto.sha256(utf8(canonical))).slice(0, PROFILE_HASH_HEX);
      expectEqual({ canonical_json: canonical, profile_hash: hash }, expected);
    }
  },
  extract_mentions: (entry) => {
    const vector = z.object({ text, handles: z.array(text) }).parse(entry);
    expectEqual({ handles: extractMentions(vector.text) }, { handles: vector.handles });
  },
  shadow_username_candidates: (entry) => {
    const vector = z
      .object({ display_name: text.nullable(), peer_id: text, user_id: text, candidates: z.array(text) })
      .parse(entry);
    const { display_name, peer_id, user_id, candidates } = vector;
    expectEqual(shadowUsernames(display_name, peer_id as PeerId, user_id as UserId), candidates);
  },
  file_metadata: (entry) => {
    const { data_b64, name, type, ...expected } = z
      .object({
        data_b64: text,
        name: text,
        type: text,
        result_name: text,
        result_type: text,
        category: text,
      })
      .parse(entry);
    const ours = fileMetadata(Buffer.from(data_b64, 'base64'), { name, type });
    const result = { result_name: ours.name, result_type: ours.type, category: categoryOf(ours.type) };
    expectEqual(result, expected);
  },
  validate_upload: async (entry) => {
    const { data_b64, claimed_type, name, ...expected } = z
      .object({
        data_b64: text,
        claimed_type: text,
        name: text,
        ok: z.boolean(),
        error: text.nullable(),
        type: text.nullable(),
      })
      .parse(entry);
    const bytes = Buffer.from(data_b64, 'base64');
    const file = {
      size: bytes.length,
      read: (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length)),
    };
    const ours = await checkFile(file, { name, type: claimed_type }).then(
      (type) => ({ ok: true, error: null, type }),
      (error: unknown) => ({
        ok: false,
        error: error instanceof FileRefused ? error.message : '',
        type: null,
      }),
    );
    expectEqual(ours, expected);
  },
  channel_key_material: (entry) => {
    const vector = keyMaterial.parse(entry);
    if ('encoded' in vector) {
      const { key_hex, encoded } = vector;
      const decoded = decodeKeyMaterial(encoded);
      expectEqual(
        { encoded: encodeKeyMaterial(hex(key_hex)), key_hex: decoded && toHexText(decoded) },
        { encoded, key_hex },
      );
      return;
    }
    const decoded = decodeKeyMaterial(vector.stored);
    expectEqual({ key_hex: decoded && toHexText(decoded) }, { key_hex: vector.key_hex });
  },
};

/** The cases of the file. */
export function functionCases(json: unknown): VectorCase[] {
  if (!isObject(json)) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    if (key === 'resolve_expiry') return expiryCases(value);
    if (key === 'sync_digest') return [{ id: key, omitted: NOT_BUILT[key] ?? '', run: () => undefined }];
    if (!Array.isArray(value)) return [];
    const check = CHECKS[key];
    const omitted = NOT_BUILT[key];
    return value.map((entry: unknown, i) => ({
      id: `${key}/${nameOf(entry) ?? i}`,
      ...(omitted === undefined ? {} : { omitted }),
      run: () => {
        if (check === undefined) throw new Error(`nobody knows the function ${key}`);
        return check(entry);
      },
    }));
  });
}

/** Odd key texts name their case, so that a difference on purpose holds wherever they stand in the list. */
function nameOf(entry: unknown): string | null {
  return isObject(entry) && typeof entry['stored'] === 'string' ? entry['stored'].slice(0, 20) : null;
}

function expiryCases(value: unknown): VectorCase[] {
  const { base_time, cases } = expirySchema.parse(value);
  const base = parseTime(base_time);
  return cases.map(({ input, db_value }, i) => ({
    id: `resolve_expiry/${i}`,
    run: () => {
      if (base === null) throw new Error('the base time is no time');
      const wish = { expiresAt: input.expires_at, ttlSeconds: input.ttl_seconds, ttlMode: input.ttl_mode };
      const expires = resolveExpiry(wish, base, input.apply_default ?? true);
      expectEqual({ db_value: expires === null ? null : toDbTime(expires) }, { db_value });
    },
  }));
}
