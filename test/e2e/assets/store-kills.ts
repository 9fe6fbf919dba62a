/**
 * Kills of the asset store (07 section 1): over one folder and database a store begins in a process of its own, works,
 * and is killed with SIGKILL at a step towards the disk or at a moment, again and again, also while it begins. Each next
 * one must find every asset whose ingest was answered, nothing that was deleted, no half asset and no file of nothing.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { SeededRandom } from '../../sim/seeded-random.ts';
import type { Finding, Life, Line } from './killed-store-lines.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
/** Bring code for the machine, which stays where it is. */
const NATIVE_PACKAGES = ['better-sqlite3', 'sharp', 'bcrypt'];
/** Share of points that are a step, the others are a moment; steps and milliseconds that a life has at most. */
const STEPS = 0.6;
const MAX_STEPS = 500;
const MAX_MS = 120;
/** Share of points that come while the store begins. */
const STARTING = 0.1;
/** A life that its kill does not reach ends by itself. */
const MOST = 24;
/** An asset has so many tags; more are not kept. */
const MAX_TAGS = 64;

/** What a run did. */
export interface StoreKillsResult {
  kills: number;
  ingested: number;
  deleted: number;
  adopted: number;
  /** Repairs that had to do something cannot be seen; these are bytes that came again and were stored once. */
  again: number;
}

/** What must be so of an asset at the next start. */
interface Expected {
  here: boolean | 'either';
  tags: Set<string>;
}

/**
 * Kills stores over one folder at `points` points.
 * @throws an `AssertionError` naming the seed and the point.
 */
export async function storeKills(
  seed: number,
  points: number,
  init: { seals: boolean },
): Promise<StoreKillsResult> {
  const random = new SeededRandom(seed);
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-kills-'));
  const program = path.join(root, '.build', `killed-store-${process.pid}-${seed}.mjs`);
  const result: StoreKillsResult = { kills: 0, ingested: 0, deleted: 0, adopted: 0, again: 0 };
  const expected = new Map<string, Expected>();
  try {
    mkdirSync(path.dirname(program), { recursive: true });
    await build({
      entryPoints: [path.join(import.meta.dirname, 'killed-store.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: NATIVE_PACKAGES,
      logLevel: 'error',
    });
    for (let point = 1; point <= points + 1; point += 1) {
      const works = point <= points;
      const byStep = random.fraction() < STEPS;
      const isStarting = random.fraction() < STARTING;
      const when = random.fraction();
      const steps = isStarting ? 20 : MAX_STEPS;
      const life: Life = {
        folder,
        seals: init.seals,
        seed: Math.floor(random.fraction() * 2 ** 32),
        point,
        lastStep: works && byStep ? 1 + Math.floor(when * steps) : 0,
        works,
        most: MOST,
        mayBeHidden: [...expected.keys()],
      };
      const afterMs = works && !byStep ? when * MAX_MS : null;
      const { lines, signal, output } = await live(program, life, afterMs);
      const where = `seed ${seed}, point ${point}: `;
      assert.ok(signal === 'SIGKILL' || output === '', `${where}${output}`);
      if (signal === 'SIGKILL') result.kills += 1;
      for (const line of lines)
        if (line.kind === 'started') compare(line.finding, expected, where);
        else note(line, { expected, result, where });
      if (!works) assert.equal(lines[0]?.kind, 'started', `${where}the last one began`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(program, { force: true });
  }
  return result;
}

/** One life of a store: what it said, and how it ended. */
function live(
  program: string,
  life: Life,
  afterMs: number | null,
): Promise<{ lines: Line[]; signal: NodeJS.Signals | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify(life)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: Line[] = [];
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (line.kind === 'started' && afterMs !== null) setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.once('error', reject);
    child.once('close', (_code, signal) => resolve({ lines, signal, output }));
  });
}

/** Takes over what one life said. */
function note(
  line: Exclude<Line, { kind: 'started' }>,
  { expected, result, where }: { expected: Map<string, Expected>; result: StoreKillsResult; where: string },
): void {
  const { hash } = line;
  const before = expected.get(hash);
  switch (line.kind) {
    case 'ingested':
      result.ingested += 1;
      if (!line.created) result.again += 1;
      if (before?.here === true) assert.equal(line.created, false, `${where}${hash} was stored anew`);
      expected.set(hash, { here: true, tags: new Set([...(before?.tags ?? []), line.tag]) });
      break;
    case 'adopted':
      result.adopted += 1;
      expected.set(hash, { here: true, tags: new Set() });
      break;
    case 'deletes':
      expected.set(hash, { here: 'either', tags: before?.tags ?? new Set() });
      break;
    case 'deleted':
      result.deleted += 1;
      expected.set(hash, { here: false, tags: new Set() });
  }
}

/** What a store finds must be what was answered; from there on it is what is expected. */
function compare(finding: Finding, expected: Map<string, Expected>, where: string): void {
  assert.deepEqual(finding.faults, [], `${where}what a kill left`);
  const hidden = new Set(finding.hidden);
  for (const [hash, { here, tags }] of expected) {
    const found = finding.assets[hash];
    if (here === true) assert.ok(found !== undefined, `${where}${hash} was answered and is lost`);
    if (here === false) assert.ok(found === undefined, `${where}${hash} was deleted and is back`);
    assert.equal(hidden.has(hash), found === undefined, `${where}${hash} is hidden when it is deleted`);
    if (found === undefined || found.tags.length === MAX_TAGS) continue;
    for (const tag of tags) assert.ok(found.tags.includes(tag), `${where}${hash} has lost ${tag}`);
  }
  for (const [hash, { tags }] of Object.entries(finding.assets))
    expected.set(hash, { here: true, tags: new Set(tags) });
  for (const hash of hidden) expected.set(hash, { here: false, tags: new Set() });
}
