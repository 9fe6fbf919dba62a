/**
 * Replays the recorded exchanges of one directory against running nodes, in their order, with everything that
 * happened between them (`_scenario.json`), and keeps what became of each.
 */
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { apiKeyHash } from '../../../server/workspace/api-keys.ts';
import { isObject } from '../check.ts';
import {
  caseId,
  exchangeSchema,
  scenarioSchema,
  type Exchange,
  type PlacedExchange,
  type ScenarioEntry,
} from './exchange.ts';
import { judge, type Verdict } from './judge.ts';
import { RunState, type ReadAnswer } from './run-state.ts';

/** Longest wait for a condition of the scenario, as its notes say. */
const WAIT_LIMIT_MS = 25_000;
/** What another node answers shows a moment after it was asked. */
const SHOWS_LATER: ReadonlySet<string> = new Set(['list_delete_signals']);
const MOST_LOOKS = 150;
const LOOK_MS = 200;
/** Requests made until a limit answers; the largest bucket recorded holds 30. */
const MOST_UNTIL_LIMITED = 200;
const MAIN_NODES = ['A', 'B', 'C', 'D'];
const EXPIRED = '2020-01-01T00:00:00';

/** What became of every exchange of a directory, by case id. */
export async function replay(directory: string): Promise<ReadonlyMap<string, Verdict>> {
  const all = readExchanges(directory);
  const verdicts = new Map<string, Verdict>();
  const of = (run: Exchange['run']): PlacedExchange[] =>
    all.filter((one) => one.exchange.run === run).toSorted((a, b) => a.exchange.seq - b.exchange.seq);
  await runMain(of('main'), readScenario(directory), verdicts);
  await runSingle(of('single'), verdicts);
  return verdicts;
}

async function runMain(
  exchanges: readonly PlacedExchange[],
  scenario: readonly ScenarioEntry[],
  verdicts: Map<string, Verdict>,
): Promise<void> {
  if (exchanges.length === 0) return;
  const state = new RunState();
  try {
    await state.start(MAIN_NODES);
    const left = [...scenario];
    for (const one of [...exchanges, null]) {
      while (left[0] !== undefined && (one === null || left[0].after_seq < one.exchange.seq)) {
        const entry = left.shift();
        if (entry !== undefined) await step(state, entry);
      }
      if (one === null) continue;
      const id = caseId(one.area, one.exchange);
      verdicts.set(id, await make(state, one.exchange));
    }
  } finally {
    await state.stop();
  }
}

async function runSingle(
  exchanges: readonly PlacedExchange[],
  verdicts: Map<string, Verdict>,
): Promise<void> {
  for (const name of new Set(exchanges.map((one) => one.exchange.node))) {
    const state = new RunState();
    try {
      await state.start([name]);
      await state.setUpAlone(name);
      for (const { area, exchange } of exchanges.filter((one) => one.exchange.node === name))
        verdicts.set(caseId(area, exchange), await make(state, exchange));
    } finally {
      await state.stop();
    }
  }
}

async function make(state: RunState, exchange: Exchange): Promise<Verdict> {
  const { node, request } = exchange;
  try {
    const missing = state.bindings.missingIn(request);
    let answer = await state.request({ ...request, node });
    // A limit is reached by asking often enough.
    for (
      let i = 0;
      i < MOST_UNTIL_LIMITED && exchange.response.status === 429 && answer.status !== 429;
      i += 1
    )
      answer = await state.request({ ...request, node });
    let verdict = judge(state.bindings, exchange, answer);
    for (
      let i = 0;
      i < MOST_LOOKS && verdict.kind === 'different' && SHOWS_LATER.has(exchange.name);
      i += 1
    ) {
      await pause(LOOK_MS);
      verdict = judge(state.bindings, exchange, await state.request({ ...request, node }));
    }
    if (verdict.kind === 'omitted') state.bindings.markMissing(exchange.response.body);
    if (verdict.kind === 'different') {
      const unknown = missing ?? state.bindings.missingIn(exchange.response.body);
      if (unknown !== null)
        return { kind: 'omitted', reason: `needs <${unknown}>, of a route of the third tier` };
    }
    return verdict;
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

async function step(state: RunState, entry: ScenarioEntry): Promise<void> {
  switch (entry.kind) {
    case 'form':
      return state.form(entry.node, entry.path, entry.body);
    case 'session':
      return bound(state, entry, await state.session(entry.node, entry.user, entry));
    case 'api': {
      const headers = { 'X-API-Key': `<api_key:${entry.key}>` };
      return bound(state, entry, await state.request({ ...entry, headers }));
    }
    case 'exchange': {
      const missing = state.bindings.missingIn(entry);
      const answer = await state.request(entry);
      if (missing === null) return bound(state, entry, answer);
      return state.bindings.markMissing(Object.values(entry.binds ?? {}));
    }
    case 'database':
      return changeDatabase(state, entry.node ?? '', entry.note);
    case 'sleep':
      return pause(entry.seconds * 1000);
    case 'wait_until':
      return waitUntil(state, entry.note);
  }
}

async function bound(state: RunState, entry: ScenarioEntry, answer: ReadAnswer): Promise<void> {
  if (entry.binds === undefined) return;
  state.bindAnswer(answer, entry.binds);
  for (const name of Object.values(entry.binds)) {
    const [, key, node] = /^<api_key:(([A-D])\.[a-z_]+)>$/.exec(name) ?? [];
    if (node !== undefined) state.bindAnswer(answer, { id: `<key_id:${key?.slice(2)}>` });
    if (key?.endsWith('.owner_all') === true && node !== undefined) await state.learnNode(node);
  }
}

/** The one change made in a database: a key's expiry is moved into the past. */
function changeDatabase(state: RunState, node: string, note: string): void {
  const [, name = ''] = /expires_at of the key (\S+)/.exec(note) ?? [];
  const key = state.bindings.get(`api_key:${name}`);
  if (key === undefined) throw new Error(`nothing known of: ${note}`);
  const file = databaseBelow(state.node(node).home);
  const db = new Database(file);
  try {
    db.prepare('UPDATE api_keys SET expires_at = ? WHERE key_hash = ?').run(
      EXPIRED,
      apiKeyHash(nativeCrypto, key),
    );
  } finally {
    db.close();
  }
}

function databaseBelow(folder: string): string {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = names.find((name) => path.basename(name) === 'canopy.db');
  if (found === undefined) throw new Error(`no database below ${folder}`);
  return path.join(folder, found);
}

/** Waits for relays to be active, the one condition there is; afterwards it goes on either way. */
async function waitUntil(state: RunState, note: string): Promise<void> {
  const [, node] = /active_relays of ([A-D])/.exec(note) ?? [];
  if (node === undefined) throw new Error(`nothing known of: ${note}`);
  const end = Date.now() + WAIT_LIMIT_MS;
  while (Date.now() < end) {
    const headers = { 'X-API-Key': `<api_key:${node}.owner_all>` };
    const answer = await state.request({
      node,
      method: 'GET',
      path: '/api/v1/p2p/relay_status',
      headers,
      body: null,
    });
    const relays = isObject(answer.body) ? answer.body['active_relays'] : null;
    if (isObject(relays) && Object.keys(relays).length > 0) return;
    await pause(500);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function readExchanges(directory: string): PlacedExchange[] {
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.json') && !name.startsWith('_'))
    .flatMap((name) => {
      const parsed = z.array(exchangeSchema).safeParse(readJson(path.join(directory, name)));
      const area = path.basename(name, '.json');
      return parsed.success ? parsed.data.map((exchange) => ({ area, exchange })) : [];
    })
    .filter((one) => one.area !== 'ui-ajax');
}

function readScenario(directory: string): ScenarioEntry[] {
  const file = path.join(directory, '_scenario.json');
  return fs.existsSync(file) ? scenarioSchema.parse(readJson(file)) : [];
}

function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}
