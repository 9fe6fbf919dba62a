// `npm test`: types, then every test file, browser tests included. `-- --no-browser` leaves those out and says
// so; `-- FILE …` runs only the files whose path contains one of the words; `-- --long` runs the long part.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildFolder } from './build.mjs';
import { groupTests } from './test-groups.mjs';

const root = path.join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const withBrowser = !args.includes('--no-browser');
const long = args.includes('--long');
const words = args.filter((arg) => !arg.startsWith('--'));
const BROWSER_FILES = [
  path.join('test', 'e2e', 'page') + path.sep,
  path.join('test', 'long', 'page-'),
  path.join('test', 'long', 'screenshots.test.ts'),
  path.join('test', 'long', 'page.test.ts'),
];
/** These wait for most of their time, so they run beside the others. */
const BESIDE_FILES = [
  path.join('test', 'vectors', 'rest.test.ts'),
  path.join('test', 'e2e', 'disk-full.test.ts'),
  path.join('test', 'long', 'network.test.ts'),
];
/** These keep every processor busy by themselves, for a time that is theirs: they run before the others. */
const ALONE_FILES = [
  path.join('test', 'sim', 'simulator.test.ts'),
  path.join('test', 'long', 'simulator.test.ts'),
];
/** More browser files than this do not fail together by chance. */
const MAX_FLAKY = 2;
const LONG_FOLDER = path.join('test', 'long') + path.sep;

function testFiles(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(name);
    return entry.name.endsWith('.test.ts') ? [name] : [];
  });
}

function findBrowser() {
  const named = process.env.CANOPY_TEST_BROWSER;
  if (named) return existsSync(named) ? named : null;
  const places = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/snap/bin/chromium',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return places.find((place) => existsSync(place)) ?? null;
}

/** What runs; ended with the tests. */
const running = new Set();

/**
 * Runs a command and prints how it ended.
 * @param {string} title what it is called
 * @param {string} command
 * @param {string[]} commandArgs
 * @returns {Promise<boolean>} whether it ended well
 */
async function run(title, command, commandArgs) {
  const started = Date.now();
  const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  running.add(child);
  const status = await new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  running.delete(child);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`# ${title}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  return status === 0;
}

/** Ends everything that runs when one of them has failed. */
function demand(ok) {
  if (ok) return;
  for (const child of running) child.kill();
  process.exit(1);
}

let files = testFiles('test').filter((file) => file.startsWith(LONG_FOLDER) === long);
if (words.length > 0) files = files.filter((file) => words.some((word) => file.includes(word)));
const browserFiles = files.filter((file) => BROWSER_FILES.some((name) => file.startsWith(name)));
const env = {};
if (!withBrowser) {
  console.log(`# ${browserFiles.length} browser test files left out (--no-browser)`);
  files = files.filter((file) => !browserFiles.includes(file));
} else if (browserFiles.length > 0) {
  const browser = findBrowser();
  if (browser === null) {
    const install =
      process.platform === 'darwin' ? 'brew install --cask chromium' : 'sudo apt-get install -y chromium';
    const named = process.env.CANOPY_TEST_BROWSER;
    console.error(
      `${named ? `CANOPY_TEST_BROWSER names ${named}, which is not there. ` : ''}The browser tests need Chromium. Install it with:  ${install}\nOr name a browser: CANOPY_TEST_BROWSER=PATH npm test. Or leave these tests out: npm test -- --no-browser`,
    );
    process.exit(1);
  }
  env.CANOPY_TEST_BROWSER = browser;
}
if (files.length === 0) {
  console.error('No test file matches.');
  process.exit(1);
}
if (words.length === 0 && !long) {
  // Each keeps one processor busy.
  const checks = ['tsconfig.json', 'web/tsconfig.json'].map(async (project) =>
    demand(
      await run(`types of ${project}`, process.execPath, [
        path.join('node_modules', 'typescript', 'bin', 'tsc'),
        '-p',
        project,
      ]),
    ),
  );
  await Promise.all(checks);
}
// One build before the tests that start nodes, so that they do not all build at once.
demand(await run('build', process.execPath, [path.join('.config', 'build.mjs')]));
env.CANOPY_TEST_PROGRAM = path.join(buildFolder(), 'run.js');
const FAILED_FILES = path.join('.build', 'failed-tests.txt');
const TEST_ARGS = [
  ...['--import', 'tsx', '--test', '--test-concurrency=2'],
  ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
];
const NOTING = ['--test-reporter=./.config/failed-files.mjs', `--test-reporter-destination=${FAILED_FILES}`];

/** Runs test files, which others may run beside. */
const runTests = (title, wanted, more = []) =>
  run(title, process.execPath, [...TEST_ARGS, ...more, ...wanted]);

/**
 * A busy machine can starve a browser. Where nothing failed but browser tests, their files run once more, by themselves:
 * what fails twice is broken, what passes is named here, and wants mending.
 * @returns {Promise<boolean>} whether all of them passed then
 */
async function passAlone() {
  const failed = readFileSync(path.join(root, FAILED_FILES), 'utf8').split('\n').filter(Boolean);
  if (failed.length === 0 || failed.length > MAX_FLAKY) return false;
  if (!failed.every((file) => browserFiles.includes(file))) return false;
  if (!(await runTests('what failed, again', failed, ['--test-concurrency=1']))) return false;
  for (const file of failed)
    console.log(`# FLAKY: ${file} failed beside the others, see above, and passed alone`);
  return true;
}

const takeOut = (names) => {
  const taken = files.filter((file) => names.includes(file));
  files = files.filter((file) => !taken.includes(file));
  return taken;
};
for (const file of takeOut(ALONE_FILES)) demand(await runTests(file, [file]));
const beside = takeOut(BESIDE_FILES);
const besides = beside.length === 0 ? true : runTests('tests that wait', beside);
if (files.length > 0)
  demand((await runTests('tests', groupTests(root, files), NOTING)) || (await passAlone()));
demand(await besides);
