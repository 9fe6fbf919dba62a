/** The metrics text, read by the rules of the exposition format (04 section 10a). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHarness, type Harness } from './harness.ts';
import { EXPOSITION_TYPE, exposition } from '../../server/telemetry/exposition.ts';

interface Parsed {
  type: string;
  help: string;
  samples: { labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/;

/** Fails on whatever the format does not allow. */
function parse(text: string): Map<string, Parsed> {
  assert.ok(text.endsWith('\n'), 'the text ends with a line feed');
  const families = new Map<string, Parsed>();
  let current: { name: string; family: Parsed } | null = null;
  let help: { name: string; text: string } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'HELP') {
        assert.equal(help, null, 'HELP is followed by TYPE');
        help = { name, text: rest };
        continue;
      }
      assert.equal(help?.name, name, 'TYPE follows its HELP');
      assert.ok(rest === 'counter' || rest === 'gauge', rest);
      assert.ok(!families.has(name), `${name} stands together in one group`);
      current = { name, family: { type: rest, help: help?.text ?? '', samples: [] } };
      families.set(name, current.family);
      help = null;
      continue;
    }
    const sample = SAMPLE.exec(line);
    assert.ok(sample !== null, `a line that is none: ${line}`);
    assert.equal(sample[1], current?.name, 'samples stand below their TYPE');
    current?.family.samples.push({ labels: labelsOf(sample[2] ?? ''), value: numberOf(sample[3] ?? '') });
  }
  return families;
}

function numberOf(text: string): number {
  return text.endsWith('Inf') ? Number(`${text[0]}Infinity`) : Number(text);
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const match = LABEL.exec(rest);
    assert.ok(match !== null, `labels that are none: ${rest}`);
    const [whole, name = '', value = ''] = match;
    assert.ok(!(name in labels), 'a label stands once');
    labels[name] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return labels;
}

describe('the text form', () => {
  test('label values and help texts come back as they were', () => {
    const odd = 'a "quoted"\\path\nand more, {x="1"}';
    const text = exposition([
      {
        name: 'canopy_odd',
        help: 'One\nline \\ only',
        type: 'gauge',
        samples: [{ labels: { a: odd, b: '' }, value: 1.5 }],
      },
      { name: 'canopy_none', help: 'Nothing yet', type: 'counter', samples: [] },
      {
        name: 'canopy_edges',
        help: 'Edges',
        type: 'gauge',
        samples: [Number.NaN, Infinity, -Infinity, 1e21, 0].map((value, i) => ({
          labels: { i: String(i) },
          value,
        })),
      },
    ]);
    const families = parse(text);
    assert.deepEqual(families.get('canopy_odd')?.samples, [{ labels: { a: odd, b: '' }, value: 1.5 }]);
    assert.equal(families.get('canopy_odd')?.help, 'One\\nline \\\\ only');
    assert.deepEqual(families.get('canopy_none')?.samples, []);
    assert.deepEqual(
      families.get('canopy_edges')?.samples.map((sample) => sample.value),
      [Number.NaN, Infinity, -Infinity, 1e21, 0],
    );
  });
});

describe('GET /metrics', () => {
  let node: Harness;
  let key = '';

  before(async () => {
    node = await startHarness({ mesh: true });
    await node.setUp();
    key = node.key('owner', ['read_feed', 'write_feed']);
  });
  after(() => node.close());

  const value = (families: Map<string, Parsed>, name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)
      ?.samples.find((sample) =>
        Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted),
      )?.value;

  test('needs a key, in either header, and takes no session', async () => {
    assert.equal((await node.call('GET', '/metrics')).status, 401);
    assert.equal((await node.call('GET', '/metrics', { key: 'wrong' })).status, 403);
    const bearer = await node.call('GET', '/metrics', { headers: { Authorization: `Bearer ${key}` } });
    assert.equal(bearer.status, 200);
    assert.equal((await node.call('POST', '/metrics', { key })).status, 405);
  });

  test('answers every family in the text form, with stable names', async () => {
    const answer = await node.call('GET', '/metrics', { key });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), EXPOSITION_TYPE);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const families = parse(answer.text);
    for (const [name, family] of families) {
      assert.match(name, /^canopy_[a-z0-9]+(_[a-z0-9]+)*$/);
      assert.equal(name.endsWith('_total'), family.type === 'counter', name);
      for (const sample of family.samples) assert.ok(sample.value >= 0, `${name} ${sample.value}`);
    }
    assert.equal(value(families, 'canopy_build_info', { version: '9.9.9' }), 1);
    assert.equal(value(families, 'canopy_mesh_running'), 1);
    assert.equal(value(families, 'canopy_peers_connected'), 0);
    assert.equal(value(families, 'canopy_sessions'), 1);
    assert.ok((value(families, 'canopy_database_size_bytes') ?? 0) > 0);
    assert.ok((value(families, 'canopy_process_resident_memory_bytes') ?? 0) > 0);
    const again = parse((await node.call('GET', '/api/v1/metrics', { key })).text);
    assert.deepEqual([...again.keys()], [...families.keys()]);
  });

  test('counts what happens', async () => {
    const before = parse((await node.call('GET', '/metrics', { key })).text);
    await node.call('POST', '/api/v1/channels/messages', {
      key,
      body: { channel_id: 'general', content: 'words that stay out' },
    });
    await node.call('GET', '/api/v1/nowhere', { key });
    const answer = await node.call('GET', '/metrics', { key });
    const after = parse(answer.text);
    const grown = (name: string, labels: Record<string, string>): number =>
      (value(after, name, labels) ?? Number.NaN) - (value(before, name, labels) ?? Number.NaN);
    assert.equal(grown('canopy_stored_messages', { kind: 'channel' }), 1);
    assert.equal(grown('canopy_http_requests_total', { status: '4xx' }), 1);
    assert.ok(grown('canopy_http_requests_total', { status: '2xx' }) >= 1);
    assert.ok(!answer.text.includes('words that stay out') && !answer.text.includes(key));
  });
});
