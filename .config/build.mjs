// Builds the server and the page into `.build/<fingerprint>/`. The fingerprint covers every source file, so a build
// is stale exactly when its folder does not exist. Work happens in a temporary folder that is renamed into place:
// two builds at once both succeed, and nobody ever sees half a build. What an interrupted build left is removed later.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = path.join(import.meta.dirname, '..');
const buildRoot = path.join(root, '.build');
/** Older builds that stay, so that a node still running from one keeps finding its files: these many, */
const KEPT_BUILDS = 3;
/** and whatever is younger, since one who works on the sources makes many builds in an hour. */
const KEPT_FOR_MS = 86_400_000;
/** A temporary folder older than this belongs to a build that was interrupted; none takes that long. */
const INTERRUPTED_AFTER_MS = 3_600_000;

/** These bring code for the machine, which stays where npm put it. */
const NATIVE_PACKAGES = ['better-sqlite3', 'bcrypt', 'sharp'];
/**
 * All other packages go into the built file: finding and reading their hundreds of files took two fifths of a start.
 * Those that are CommonJS ask for modules of node with this.
 */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);";

function* filesBelow(entry) {
  if (!existsSync(entry)) return;
  if (statSync(entry).isFile()) {
    yield entry;
    return;
  }
  for (const name of readdirSync(entry).sort()) {
    if (name !== 'node_modules') yield* filesBelow(path.join(entry, name));
  }
}

/** The folder the build of the present sources belongs in. */
export function buildFolder() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0]);
  for (const part of [
    'run.ts',
    'server',
    'web',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    '.config/build.mjs',
  ]) {
    for (const file of filesBelow(path.join(root, part))) {
      hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return path.join(buildRoot, hash.digest('hex').slice(0, 16));
}

/** The folders below `.build` whose name matches, newest first; another build may remove some meanwhile. */
function foldersNamed(pattern) {
  return readdirSync(buildRoot)
    .filter((name) => pattern.test(name))
    .map((name) => path.join(buildRoot, name))
    .map((folder) => ({ folder, at: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
}

function removeOldBuilds(current) {
  const old = foldersNamed(/^[0-9a-f]{16}$/).filter(({ folder }) => folder !== current);
  const interrupted = foldersNamed(/^\.tmp-/).filter(({ at }) => at < Date.now() - INTERRUPTED_AFTER_MS);
  const outlived = old.slice(KEPT_BUILDS).filter(({ at }) => at < Date.now() - KEPT_FOR_MS);
  for (const { folder } of [...outlived, ...interrupted]) rmSync(folder, { recursive: true, force: true });
}

/** Puts beside every text what is sent of it to browsers that read compressed ones (05 section 10.12). */
function compressBelow(folder) {
  for (const file of [...filesBelow(folder)].filter((name) => /\.(?:js|css|svg|json)$/.test(name))) {
    const content = readFileSync(file);
    writeFileSync(`${file}.br`, brotliCompressSync(content));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** esbuild and vite; a clear line when the packages are not there. */
async function tools() {
  try {
    const [{ build: bundle }, vite] = await Promise.all([import('esbuild'), import('vite')]);
    return { bundle, vite };
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackages(
      'The packages this program is built with are missing. Install them with:  npm ci',
    );
  }
}

class MissingPackages extends Error {}

/** Builds if needed; returns the folder that holds `run.js` and `web/`. */
export async function build({ log = () => undefined } = {}) {
  const target = buildFolder();
  if (existsSync(target)) return target;
  log('Building Canopy (once per version of the sources) …');
  mkdirSync(buildRoot, { recursive: true });
  const work = path.join(buildRoot, `.tmp-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    const { bundle, vite } = await tools();
    await bundle({
      entryPoints: [path.join(root, 'run.ts'), path.join(root, 'server', 'frame-worker.ts')],
      outdir: work,
      entryNames: '[name]',
      bundle: true,
      external: NATIVE_PACKAGES,
      banner: { js: REQUIRE },
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'linked',
      logLevel: 'warning',
    });
    await vite.build({
      configFile: path.join(root, 'web', 'vite.config.ts'),
      root: path.join(root, 'web'),
      logLevel: 'warn',
      build: { outDir: path.join(work, 'web'), emptyOutDir: true },
    });
    compressBelow(path.join(work, 'web', 'assets'));
    try {
      renameSync(work, target);
    } catch (error) {
      if (!existsSync(target)) throw error; // another build of the same sources was first; ours is not needed
    }
    removeOldBuilds(target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const folder = await build({ log: (line) => console.log(line) });
    console.log(`Built: ${path.relative(process.cwd(), folder)}`);
  } catch (error) {
    console.error(error instanceof MissingPackages ? error.message : error);
    process.exitCode = 1;
  }
}
