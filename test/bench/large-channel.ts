/**
 * A channel of 100,000 messages, in both modes of a directory: posting into it, opening it, scrolling back, and
 * searching it, over REST and one call after the other, as a person does.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { loadOrCreateNodeIdentity } from '../../server/identity/node-identity.ts';
import { systemPorts } from '../../server/ports/system.ts';
import { openDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { setStorageState } from '../../server/store/storage-mode.ts';
import { Vault } from '../../server/store/vault.ts';
import type { StorageMode } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { LeanClient } from './client.ts';
import { percentile } from './measure.ts';
import type { Group, Report } from './rows.ts';
import { measureIndex } from './search-index.ts';

/** How many messages {@link fill} writes. */
export const MESSAGES = 100_000;
const WORDS = 20_000;
/** In one transaction of the filling. */
const BATCH = 5_000;
const CALLS = 200;
const INDEXED_LIMIT_MS = 300_000;

async function measure(report: Report): Promise<void> {
  for (const mode of ['reference', 'full'] as const) await measureIn(mode, report);
}

async function measureIn(mode: StorageMode, report: Report): Promise<void> {
  const node = new NodeProcess({ name: 'bench-large', env: { CANOPY_RATE_LIMITS: 'off' } });
  const client = new LeanClient(node);
  try {
    await node.start();
    await node.setUp();
    await node.stop();
    const words = await fill(node, mode, { report });
    await node.start();
    const started = performance.now();
    await eventually(
      'everything is indexed',
      async () =>
        (JSON.parse(await client.call('GET', '/search?q=x')) as { state: string }).state === 'ready',
      INDEXED_LIMIT_MS,
    );
    report({
      what: `${mode}: index of 100,000 messages`,
      value: (performance.now() - started) / 1000,
      unit: 's',
    });
    const row = async (
      what: string,
      aim: string | null,
      call: (n: number) => string | [string],
    ): Promise<void> => {
      const times: number[] = [];
      for (let n = 0; n < CALLS; n += 1) {
        const route = call(n);
        const began = performance.now();
        if (typeof route === 'string') await client.call('GET', route);
        else await client.post(route[0]);
        times.push(performance.now() - began);
      }
      report({ what: `${mode}: ${what}, median`, value: percentile(times, 0.5), unit: 'ms' });
      report({
        what: `${mode}: ${what}, p95`,
        value: percentile(times, 0.95),
        unit: 'ms',
        ...(aim === null ? {} : { aim }),
      });
    };
    const word = (n: number, spread: number): string => words[(n * spread) % words.length] ?? '';
    await row('post into 100,000 messages', null, (n) => [`posted ${n} ${word(n, 7)}`]);
    await row('open a channel of 100,000', null, () => '/channels/general/messages?limit=50');
    await row(
      'scroll back in it',
      null,
      (n) => `/channels/general/messages?limit=50&before=${idOf(n * 400)}`,
    );
    await row('search a frequent word', '≤ 20', (n) => `/search?q=${word(n, 1)}`);
    await row('search a rare word', '≤ 20', (n) => `/search?q=${word(n, 97)}`);
    await row('search two words', '≤ 20', (n) => `/search?q=${word(n, 1)}+${word(n, 3)}`);
    await row('search a beginning', '≤ 20', (n) => `/search?q=${word(n, 31).slice(0, 1 + (n % 4))}*`);
    await row('search a part', '≤ 25', (n) => `/channels/general/search?q=${word(n, 31).slice(1, 5)}`);
    await row('search a part that is nowhere', null, (n) => `/channels/general/search?q=zq${n}qz`);
  } finally {
    client.close();
    await node.dispose();
  }
}

function idOf(n: number): MessageId {
  return `M${n.toString(16).padStart(24, '0')}` as MessageId;
}

/**
 * Writes 100,000 messages into `#general` of a stopped node, as the node itself would have stored them.
 * @param prefix begins the text of the nth one.
 * @returns the words they are made of, the frequent ones first.
 */
export async function fill(
  node: NodeProcess,
  mode: StorageMode,
  { report, prefix = () => '' }: { report?: Report; prefix?: (n: number) => string } = {},
): Promise<string[]> {
  const ports = systemPorts();
  const file = databaseIn(path.join(node.home, 'data'));
  const identity = loadOrCreateNodeIdentity(path.join(path.dirname(file), 'peer_identity.json'), {
    random: ports.random,
    crypto: nativeCrypto,
  });
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: ports.random },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const store = await openDatabase(file, { ports, log: silentLog }, { startupBackup: false });
  try {
    store.commit.now(() => setStorageState(store.sql, { mode, goal: null, step: null }));
    const rows = createRepositories({
      sql: store.sql,
      vault: new Vault(cipher, { mode }),
      random: ports.random,
    });
    const random = new SeededRandom(1);
    const words = Array.from({ length: WORDS }, () => madeWord(random));
    const now = ports.clock.now();
    for (let first = 0; first < MESSAGES; first += BATCH)
      store.commit.now(() => {
        for (let n = first; n < first + BATCH; n += 1)
          rows.channelMessages.insert({
            id: idOf(n),
            channelId: 'general' as ChannelId,
            userId: node.userId as UserId,
            content: prefix(n) + madeText(random, words),
            createdAt: now - (MESSAGES - n) * 10_000,
          });
      });
    if (mode === 'full' && report !== undefined) measureIndex({ store, rows }, report);
    return words;
  } finally {
    store.close();
  }
}

function databaseIn(root: string): string {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('canopy.db'),
  );
  if (found === undefined) throw new Error(`no database in ${root}`);
  return path.join(root, found);
}

const LETTERS = 'etaoinshrdlucmfwypvbgkjqxz';

/** From 0 to below 1, smaller numbers more often the greater `skew` is. */
function skewed(random: SeededRandom, skew: number): number {
  const [a = 0, b = 0] = random.bytes(2);
  return ((a * 256 + b) / 65_536) ** skew;
}

function madeWord(random: SeededRandom): string {
  const length = 2 + Math.floor(skewed(random, 1) * 8);
  return Array.from({ length }, () => LETTERS[Math.floor(skewed(random, 1.7) * LETTERS.length)]).join('');
}

/** 3 to 27 words, few of them often. */
function madeText(random: SeededRandom, words: readonly string[]): string {
  const length = 3 + Math.floor(skewed(random, 1) * 25);
  return Array.from({ length }, () => words[Math.floor(skewed(random, 4) * words.length)]).join(' ');
}

/** `npm run bench -- large-channel` */
export const largeChannel: Group = { name: 'large-channel', title: 'A channel of 100,000 messages', measure };
