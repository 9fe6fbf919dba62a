import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cleanedWords, durationText, nodeFacts, type NodeInfo } from '../../../web/state/node-info.ts';

const INFO: NodeInfo = {
  version: '1.2.3',
  node_version: '20.19.0',
  platform: 'linux',
  peer_id: 'Peer',
  started_at: '2026-01-01T00:00:00Z',
  uptime_seconds: 90_061,
  http_port: 7770,
  mesh_running: true,
  mesh_port: 7771,
  extensions: ['secure_session_v1', 'library_v1', 'new_v9'],
  data_directory: null,
  asset_service: null,
  disk_free_bytes: null,
  database: { bytes: 2_048, mode: 'full', import_waiting: false, channel_messages: 1, direct_messages: 2 },
  files: { count: 0, bytes: 0 },
};

test('times are told by their two largest units', () => {
  assert.equal(durationText(30), 'less than a minute');
  assert.equal(durationText(60), '1 minute');
  assert.equal(durationText(7_260), '2 hours, 1 minute');
  assert.equal(durationText(90_061), '1 day, 1 hour');
  assert.equal(durationText(86_400), '1 day');
});

test('a cleanup says what went', () => {
  assert.equal(cleanedWords(0, 0), 'Nothing had expired.');
  assert.equal(cleanedWords(1_234, 1), 'Removed 1,234 expired and 1 file nobody refers to.');
  assert.equal(cleanedWords(0, 5_678), 'Removed 0 expired and 5,678 files nobody refers to.');
});

test('numbers stand as in the language of the browser', () => {
  const url = (name: string): string =>
    JSON.stringify(new URL(`../../../web/state/${name}.ts`, import.meta.url).href);
  const script = `
    const { cleanedWords, durationText } = await import(${url('node-info')});
    const { bytesText } = await import(${url('relay')});
    const { counted, sizeWords } = await import(${url('numbers')});
    const counts = [counted(1, 'vote', 'votes'), counted(1234, 'vote', 'votes')];
    console.log(JSON.stringify([...counts, durationText(90061), cleanedWords(1234, 5678), bytesText(3482), sizeWords(3400000)]));
  `;
  const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'de_DE.UTF-8' },
  });
  assert.deepEqual(JSON.parse(said), [
    '1 vote',
    '1.234 votes',
    '1 Tag, 1 Stunde',
    'Removed 1.234 expired and 5.678 files nobody refers to.',
    '3,4 KiB',
    '3,4 MB',
  ]);
});

test('what is not said to this account, or not known, is left out', () => {
  const place = { origin: 'http://localhost:7770', addresses: [] };
  const facts = new Map(nodeFacts(INFO, place));
  assert.equal(facts.has('Data directory'), false);
  assert.equal(facts.has('Free on its disk'), false);
  assert.equal(facts.get('Running for'), '1 day, 1 hour');
  assert.equal(facts.get('Extensions'), 'encrypted sessions, shared libraries, new_v9');
  assert.match(facts.get('Database') ?? '', /2\.0 KiB, everything/);
  const owner = new Map(nodeFacts({ ...INFO, data_directory: '/data', mesh_running: false }, place));
  assert.equal(owner.get('Data directory'), '/data');
  assert.match(owner.get('Mesh') ?? '', /not running/);
});

test('another service that assets are exchanged with is named, and whether it answers', () => {
  const place = { origin: 'http://localhost:7770', addresses: [] };
  const words = (service: NodeInfo['asset_service']): string | undefined =>
    new Map(nodeFacts({ ...INFO, asset_service: service }, place)).get('Asset service');
  const url = 'http://localhost:9090';
  assert.equal(words(null), undefined);
  assert.equal(words({ url, reachable: true, problem: null }), `${url}: answers`);
  assert.equal(words({ url, reachable: false, problem: null }), `${url}: does not answer`);
  assert.equal(words({ url, reachable: false, problem: 'not asked yet' }), `${url}: not asked yet`);
});
