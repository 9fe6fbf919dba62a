/**
 * Placeholders of recorded exchanges: `<type>` stands for any value of a type, `<type:name>` for the same value all
 * through a run. Named ones take their value where they are first met in an answer.
 */

import { hostname } from 'node:os';

const PLACEHOLDER = /<([a-z0-9_-]+(?:\/[a-z0-9_-]+)*)(?::([^<>]*))?>/g;
const WHOLE = /^<([a-z0-9_-]+)(?::([^<>]*))?>$/;
const TAKEN_FOR_TEXT = new Set(['base64', 'html', 'raw', 'multipart', 'bytes', 'b', '/b']);

const ID = '[A-Za-z0-9_:.@-]+';
const ISO = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:\\+00:00|Z)';
const NAIVE = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?';
const SQLITE = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?';
const B58 = '[1-9A-HJ-NP-Za-km-z]';

/** What texts of a type look like; ids are opaque. Wherever another time text stands, ISO with zone will do. */
const TEXTS: Readonly<Record<string, string>> = {
  peer_id: `${B58}{16}`,
  peer_id_prefix6: `${B58}{6}`,
  peer_id_prefix8: `${B58}{8}`,
  peer_id_prefix12: `${B58}{12}`,
  b58key: `${B58}{32,44}`,
  hex32: '[0-9a-f]{32}',
  hex64: '[0-9a-f]{64}',
  endpoint: 'wss?://[^\\s]+',
  endpoint_loopback: 'wss?://127\\.0\\.0\\.1:\\d+',
  mesh_port: '\\d+',
  int: '-?\\d+',
  number: '-?[\\d.]+',
  hostname: '[A-Za-z0-9._-]+',
  ip: '[0-9a-f.:]+',
  url: '[a-z]+://\\S+',
  version: '\\d+\\.\\d+\\.\\d+[A-Za-z0-9.+-]*',
  iso8601: ISO,
  'iso8601-naive': `(?:${ISO}|${NAIVE})`,
  'sqlite-datetime': `(?:${ISO}|${SQLITE})`,
  date: '\\d{4}-\\d\\d-\\d\\d',
  'base64-jpeg': '[A-Za-z0-9+/=]+',
  base64: '[A-Za-z0-9+/=]+',
  'at-rest-ciphertext': '[^\\s]+',
  string: '[\\s\\S]*',
  // Built in, not somebody's.
  channel_id: '(?!general$)[A-Za-z0-9_-]+',
};
/** Names that stand for a value of every node: each has its own quarantine channel. */
const OF_EVERY_NODE: Readonly<Record<string, string>> = { 'channel_id:quarantine': 'Cagentstart[0-9a-f]+' };

/** What a value that is no text must be. */
const VALUES: Readonly<Record<string, (value: unknown) => boolean>> = {
  int: (value) => Number.isInteger(value),
  mesh_port: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  'float-epoch': (value) => typeof value === 'number',
  'int-epoch': (value) => Number.isInteger(value),
  bool: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: (value) => Array.isArray(value),
};

/** Ids of this run that have no name, for {@link Bindings.generalise}. */
const OPAQUE: readonly [RegExp, string][] = [
  [/\bCagentstart[0-9a-f]+\b/g, 'channel_id:quarantine'],
  [/\buser_[0-9a-f]{16}\b/g, 'user_id'],
  [/\bgroup:[0-9a-f]{12}\b/g, 'group_id'],
  [/\bM[0-9a-f]{24}\b/g, 'message_id'],
  [/\bC[0-9a-f]{16}\b/g, 'channel_id'],
  [/\bINB[0-9a-f]{20}\b/g, 'inbox_id'],
  [/\bMN[0-9a-f]{20}\b/g, 'mention_id'],
  [/\b[0-9a-f]{32}\b/g, 'hex32'],
];

/** The named values of one run. */
export class Bindings {
  readonly #values = new Map<string, string>();
  /** Names whose value never came, because this program does not have what makes it. */
  readonly #missing = new Set<string>();

  bind(name: string, value: string): void {
    const key = name.replace(/^<|>$/g, '');
    if (key in OF_EVERY_NODE) return;
    this.#values.set(key, value);
    this.#missing.delete(key);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Remembers that the names first met in this answer will stay without value. */
  markMissing(recorded: unknown): void {
    for (const name of namesIn(recorded)) if (!this.#values.has(name)) this.#missing.add(name);
  }

  /** The first name in `value` that has no value because this program does not have what makes it. */
  missingIn(value: unknown): string | null {
    return namesIn(value).find((name) => this.#missing.has(name)) ?? null;
  }

  /** The text with placeholders replaced; names without value stay as they are. */
  fill(text: string): string {
    return text.replace(PLACEHOLDER, (whole, type: string, name: string | undefined) => {
      if (type === 'repeat' && name !== undefined) {
        const [unit = '', count = '0'] = name.split('*');
        return unit.repeat(Number(count));
      }
      if (type === 'date' && name === 'today') return new Date().toISOString().slice(0, 10);
      return name === undefined ? whole : (this.#values.get(`${type}:${name}`) ?? whole);
    });
  }

  /** {@link fill} in every text and key of a JSON value. */
  fillAll(value: unknown): unknown {
    if (typeof value === 'string') {
      const filled = this.fill(value);
      const [, type] = WHOLE.exec(value) ?? [];
      return (type === 'int' || type === 'mesh_port') && /^\d+$/.test(filled) ? Number(filled) : filled;
    }
    if (Array.isArray(value)) return value.map((item: unknown) => this.fillAll(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.fill(key), this.fillAll(item)]),
    );
  }

  /** Whether `actual` is what `recorded`, a text with placeholders, stands for. Binds names met first. */
  matches(recorded: string, actual: unknown): boolean {
    const [whole, type = '', name] = WHOLE.exec(recorded) ?? [];
    if (whole !== undefined && typeof actual !== 'string') {
      if (VALUES[type]?.(actual) !== true) return false;
      const bound = this.#values.get(`${type}:${name}`);
      if (name !== undefined && bound === undefined) this.bind(`${type}:${name}`, String(actual));
      return name === undefined || bound === undefined || bound === String(actual);
    }
    return typeof actual === 'string' && this.#matchesText(recorded, actual);
  }

  #matchesText(recorded: string, actual: string): boolean {
    const names: string[] = [];
    let pattern = '';
    let at = 0;
    for (const found of recorded.matchAll(PLACEHOLDER)) {
      const [whole, type = '', name] = found;
      if (TAKEN_FOR_TEXT.has(type)) continue;
      pattern += quote(recorded.slice(at, found.index));
      at = found.index + whole.length;
      const filled = this.fill(whole);
      if (filled !== whole) pattern += quote(filled);
      else {
        pattern += `(${OF_EVERY_NODE[`${type}:${name}`] ?? TEXTS[type] ?? ID})`;
        names.push(name === undefined ? '' : `${type}:${name}`);
      }
    }
    pattern += quote(recorded.slice(at));
    const match = new RegExp(`^${pattern}$`).exec(actual);
    if (match === null) return false;
    names.forEach((name, i) => {
      if (name !== '') this.bind(name, match[i + 1] ?? '');
    });
    return true;
  }

  /** `value` with everything that belongs to this run alone replaced by its placeholder, to state it in a file. */
  generalise(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.generalise(item));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [this.#generaliseText(key), this.generalise(item)]),
      );
    return typeof value === 'string' ? this.#generaliseText(value) : value;
  }

  #nameOf(value: string): string | null {
    const found = [...this.#values].find(([, bound]) => bound === value);
    return found === undefined ? null : `<${found[0]}>`;
  }

  #generaliseText(text: string): string {
    if (new RegExp(`^${ISO}$`).test(text)) return '<iso8601>';
    if (text === hostname()) return '<hostname>';
    if (new RegExp(`^${B58}{16}$`).test(text)) return this.#nameOf(text) ?? '<peer_id>';
    let general = text;
    const longestFirst = [...this.#values].sort(([, a], [, b]) => b.length - a.length);
    for (const [name, value] of longestFirst)
      if (value.length >= 6) general = general.replaceAll(value, `<${name}>`);
    for (const [pattern, name] of OPAQUE) general = general.replace(pattern, `<${name}>`);
    return general;
  }
}

function namesIn(value: unknown): string[] {
  const text = JSON.stringify(value) ?? '';
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, type, name]) =>
    name === undefined || type === 'repeat' || type === 'date' ? [] : [`${type}:${name}`],
  );
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
