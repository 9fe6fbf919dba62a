/**
 * Runs golden vectors against the project: finds the files, sorts them into classes, runs the cases, and judges
 * each as passed, failed, or different on purpose, which `differences.json` must say word for word.
 */
import fs from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { sameJson } from './check.ts';
import { classNameOf, countCases, isHelper } from './known-classes.ts';
import { CaseMismatch, CaseOmitted, NOT_HERE, type VectorCase, type VectorClass } from './types.ts';

/** A case in which this project differs from the reference on purpose. */
const differenceSchema = z.strictObject({
  class: z.string(),
  case: z.string(),
  /** Exactly what the project answers instead, as `CaseMismatch.ours` states it. */
  answer: z.unknown(),
  reason: z.string().min(1),
  /** Where the specification asks for or allows it. */
  section: z.string().min(1),
});
export type Difference = z.infer<typeof differenceSchema>;

/** Reads `differences.json`. */
export function readDifferences(file: string): Difference[] {
  return z.array(differenceSchema).parse(JSON.parse(fs.readFileSync(file, 'utf8')));
}

/** What became of one class. */
export interface ClassReport {
  name: string;
  cases: number;
  passed: number;
  skipped: number;
  /** Left out by `--only`. */
  leftOut: boolean;
  /** Cases about what this program does not have; they count as skipped. */
  omitted: { id: string; reason: string }[];
  /** Ids of the cases that differ on purpose; they count as passed. */
  different: string[];
  /** Ids of the cases that are stated to differ and do not any more: the statement is to be deleted. */
  settled: string[];
  failures: { id: string; message: string }[];
}

interface FoundFile {
  path: string;
  json: unknown;
}

/** What the directories hold. */
interface Found {
  byClass: Map<string, FoundFile[]>;
  problems: string[];
}

/**
 * Runs every vector below `directories`.
 * @param options `only`: names of the classes to run, all others are skipped; empty means all.
 * @returns one report per class found, and the problems that belong to none.
 */
export async function runVectors(
  directories: readonly string[],
  options: { classes: readonly VectorClass[]; differences: readonly Difference[]; only?: readonly string[] },
): Promise<{ reports: ClassReport[]; problems: string[] }> {
  const only = options.only ?? [];
  const { byClass, problems } = find(directories, options.classes);
  for (const name of only)
    if (!byClass.has(name)) problems.push(`no vectors of the class ${name} were found`);
  if (byClass.size === 0 && problems.length === 0) problems.push('no vectors were found');
  const reports: ClassReport[] = [];
  for (const [name, files] of [...byClass].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const vectorClass = options.classes.find((candidate) => candidate.name === name);
    const wanted = only.length === 0 || only.includes(name);
    reports.push(await runClass(name, files, wanted ? vectorClass : null, options.differences));
  }
  return { reports, problems };
}

/** @param vectorClass `null`: left out; `undefined`: nobody covers the class. */
async function runClass(
  name: string,
  files: readonly FoundFile[],
  vectorClass: VectorClass | null | undefined,
  differences: readonly Difference[],
): Promise<ClassReport> {
  const report: ClassReport = {
    name,
    cases: 0,
    passed: 0,
    skipped: 0,
    leftOut: vectorClass === null,
    omitted: [],
    different: [],
    settled: [],
    failures: [],
  };
  if (vectorClass == null) {
    report.cases = files.reduce((sum, file) => sum + countCases(file.json), 0);
    if (vectorClass === null) report.skipped = report.cases;
    else
      report.failures.push({
        id: '(class)',
        message: 'no module covers this class; leave it out with --only',
      });
    return report;
  }
  for (const file of files) {
    for (const vector of casesOf(vectorClass, file, report)) {
      report.cases += 1;
      if (vector.omitted !== undefined) {
        report.skipped += 1;
        report.omitted.push({ id: vector.id, reason: vector.omitted });
        continue;
      }
      const outcome = await runCase(vector, name, differences);
      if (outcome instanceof CaseOmitted) {
        report.skipped += 1;
        report.omitted.push({ id: vector.id, reason: outcome.message });
        continue;
      }
      if (outcome === 'passed' || outcome === 'different') report.passed += 1;
      else report.failures.push({ id: vector.id, message: outcome });
      if (outcome === 'different') report.different.push(vector.id);
      if (outcome === 'passed' && statedFor(vector, name, differences) !== undefined)
        report.settled.push(vector.id);
    }
  }
  if (report.cases === 0 && report.failures.length === 0) {
    report.failures.push({ id: '(class)', message: 'its files hold no cases' });
  }
  return report;
}

function casesOf(vectorClass: VectorClass, file: FoundFile, report: ClassReport): VectorCase[] {
  try {
    const sibling = (name: string): unknown => readJson(path.join(path.dirname(file.path), name));
    return vectorClass.cases(file.json, { path: file.path, sibling });
  } catch (error) {
    report.failures.push({ id: file.path, message: messageOf(error) });
    return [];
  }
}

/** `passed`, `different` (on purpose), what is wrong, or why the case could not be run. */
async function runCase(
  vector: VectorCase,
  name: string,
  differences: readonly Difference[],
): Promise<string | CaseOmitted> {
  const purpose = statedFor(vector, name, differences);
  try {
    await vector.run();
    return 'passed';
  } catch (error) {
    if (error instanceof CaseOmitted) return purpose?.answer === NOT_HERE ? 'different' : error;
    if (!(error instanceof CaseMismatch)) return messageOf(error);
    if (purpose !== undefined && sameJson(error.ours, purpose.answer)) return 'different';
    return `answered ${shorten(error.ours)}, recorded is ${shorten(error.expected)}`;
  }
}

function statedFor(
  { id }: VectorCase,
  name: string,
  differences: readonly Difference[],
): Difference | undefined {
  return differences.find((entry) => entry.class === name && entry.case === id);
}

function find(directories: readonly string[], classes: readonly VectorClass[]): Found {
  const found: Found = { byClass: new Map(), problems: [] };
  const seen = new Set<string>();
  const add = (file: string): void => {
    if (seen.has(file)) return; // One given directory lies in another.
    seen.add(file);
    let json: unknown;
    try {
      json = readJson(file);
    } catch (error) {
      found.problems.push(`${file}: not readable as JSON (${messageOf(error)})`);
      return;
    }
    if (isHelper(json, file)) return;
    const name =
      classes.find((candidate) => candidate.recognises(json, file))?.name ?? classNameOf(json, file);
    if (name === null) found.problems.push(`${file}: unknown JSON`);
    else found.byClass.set(name, [...(found.byClass.get(name) ?? []), { path: file, json }]);
  };
  const visit = (directory: string): void => {
    const entries = fs.readdirSync(directory, { withFileTypes: true });
    // A directory with `expected.json` is one vector as a whole: the data directory of a node.
    if (entries.some((entry) => entry.isFile() && entry.name === 'expected.json')) {
      add(path.join(directory, 'expected.json'));
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = path.join(directory, entry.name);
      if (entry.isDirectory()) visit(child);
      else if (entry.isFile() && entry.name.endsWith('.json')) add(child);
    }
  };
  for (const directory of new Set(directories.map((name) => path.resolve(name)))) {
    try {
      visit(directory);
    } catch (error) {
      found.problems.push(`${directory}: ${messageOf(error)}`);
    }
  }
  return found;
}

function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.replace(/\s+/g, ' ') : String(error);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
