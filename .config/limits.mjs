// `npm run limits` writes LIMITS.md from the constants of the sources; `--check` says whether it is up to date.
//
// A limit is a constant at the top of a file, named in capitals, whose value is a number (or an object of numbers)
// computed from numbers, and which
//  - stands in a file named `limits.ts`, or
//  - bounds by its name: MAX_…, MIN_…, KEPT_…, …_LIMIT, …_TIMEOUT, …_INTERVAL and the like, or
//  - has the tag `@limit` in its comment.
// Its comment is its reason; constants that follow each other without an empty line may share one.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.join(import.meta.dirname, '..');
const target = path.join(root, 'LIMITS.md');
const BY_NAME =
  /^(MAX|MIN|KEPT|KEEP)_|_(LIMIT|TIMEOUT|INTERVAL|WINDOW|KEPT|KEEP|DELAY|GRACE|AGE|WAIT|CACHE|DEPTH)(_MS|_S|_MAX)?$/;
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
/** Names that only give a size its unit. */
const UNITS = /^(SECOND|MINUTE|HOUR|DAY)(_MS)?$|^(KIB|MIB|GIB|MEBIBYTE)$/;

const ROOMS = {
  'run.ts': 'The process.',
  'server/config': 'Flags, variables and files that configure a node.',
  'server/ports': 'What comes from outside the process: sockets, LAN discovery, addresses.',
  'server/crypto': 'Keys and ciphers.',
  'server/wire': 'Everything read from or written to the network as text.',
  'server/identity': 'Own keys and the peers a node knows.',
  'server/mesh': 'Connections, and what peers may send through them.',
  'server/store': 'The database.',
  'server/workspace': 'People, channels, messages, accounts, keys.',
  'server/sync': 'Keeping two workspaces equal.',
  'server/libraries': 'Assets, and the sets of them that nodes share.',
  'server/http': 'The page and the REST API.',
  'server/cli': 'The commands of `npx canopy`.',
  'server/telemetry': 'Events and log files.',
  web: 'The page in the browser.',
};

function sourcesBelow(entry) {
  if (/\.tsx?$/.test(entry)) return [entry];
  return readdirSync(path.join(root, entry), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const name = path.posix.join(entry, item.name);
      if (item.isDirectory()) return sourcesBelow(name);
      return /\.tsx?$/.test(item.name) ? [name] : [];
    });
}

const files = new Map();

/** The constants and imports of a source file; read once. */
function fileAt(name) {
  const known = files.get(name);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(
    name,
    readFileSync(path.join(root, name), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const file = { name, source, constants: new Map(), imports: new Map() };
  files.set(name, file);
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) readImport(file, statement);
    if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const))
      continue;
    for (const { name: id, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(id) && initializer !== undefined && CONSTANT.test(id.text))
        file.constants.set(id.text, { name: id.text, initializer, statement });
  }
  return file;
}

function readImport(file, { importClause, moduleSpecifier }) {
  const bindings = importClause?.namedBindings;
  if (!moduleSpecifier.text.startsWith('.') || !bindings || !ts.isNamedImports(bindings)) return;
  const from = path.posix.join(path.posix.dirname(file.name), moduleSpecifier.text);
  for (const { name, propertyName } of bindings.elements)
    file.imports.set(name.text, { from, name: (propertyName ?? name).text });
}

/** The number, or the list of named numbers, an expression stands for; undefined when it is none. */
function valueOf(file, node) {
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return valueOf(file, node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken)
    return calculate('-', 0, valueOf(file, node.operand));
  if (ts.isBinaryExpression(node))
    return calculate(node.operatorToken.getText(), valueOf(file, node.left), valueOf(file, node.right));
  if (ts.isIdentifier(node)) {
    const own = file.constants.get(node.text);
    if (own !== undefined) return valueOf(file, own.initializer);
    const imported = file.imports.get(node.text);
    const other = imported && /\.tsx?$/.test(imported.from) ? fileAt(imported.from) : undefined;
    const theirs = other?.constants.get(imported.name);
    return theirs && valueOf(other, theirs.initializer);
  }
  if (ts.isObjectLiteralExpression(node)) {
    const parts = node.properties
      .filter((property) => ts.isPropertyAssignment(property))
      .map((property) => ({
        name: property.name.getText(),
        node: property.initializer,
        value: valueOf(file, property.initializer),
      }))
      .filter(({ value }) => typeof value === 'number');
    return parts.length > 0 ? parts : undefined;
  }
  return undefined;
}

function calculate(operator, left, right) {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (operator === '*') return left * right;
  if (operator === '/') return left / right;
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '**' ? left ** right : undefined;
}

const TIME_NAME =
  /(_MS|TIMEOUT|INTERVAL|DELAY|WINDOW|_AGE|_WAIT|Window|Ms)$|^(WAKE_TOLERANCE|DIAL_SETTLE|YOUNG_SESSION|CLOCK_SKEW_WARNING|RECONNECT_FIRST|RECONNECT_MAX)$/;

/** What a number counts, as far as its name and the units it is written with tell. */
function unitOf(name, expression) {
  if (/_DAYS$/.test(name)) return 'days';
  if (/_BYTES_PER_/.test(name)) return 'bytes';
  if (/(_S|_SECONDS)$|^MAX_SECONDS$/.test(name)) return 's';
  if (/_HEX$/.test(name)) return 'hex digits';
  if (/_DIGITS$/.test(name)) return 'digits';
  if (/PIXELS$/.test(name)) return 'pixels';
  if (/\b(KIB|MIB|MEBIBYTE)\b/.test(expression) || /(_BYTES(_PER_\w+)?|bytes|Bytes)$/.test(name))
    return 'bytes';
  if (/\b(SECOND|MINUTE_MS|DAY_MS)\b/.test(expression) || TIME_NAME.test(name)) return 'ms';
  if (/(_LENGTH|_CHARACTERS)$/.test(name)) return 'characters';
  return '';
}

const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
const STEPS = {
  bytes: [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ],
  ms: [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ],
  s: [
    ['days', 86_400],
    ['h', 3_600],
    ['min', 60],
  ],
};

function shown(value, unit) {
  for (const [name, size] of STEPS[unit] ?? [])
    if (value >= size && Number.isInteger((value / size) * 2) && !(name === 'days' && value < 2 * size))
      return `${number(value / size)} ${name}`;
  return `${number(value)}${unit === '' ? '' : ` ${unit}`}`;
}

function textOf(constant, value) {
  if (typeof value === 'number') return shown(value, unitOf(constant.name, constant.initializer.getText()));
  return value
    .map(({ name, node, value: part }) => `${name} ${shown(part, unitOf(name, node.getText()))}`)
    .join(', ');
}

/** The comment before a constant, or before the one it follows without an empty line. */
function reasonOf(file, statement) {
  const text = file.source.text;
  const lead = text.slice(statement.getFullStart(), statement.getStart());
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  const doc = comments
    .map(({ pos, end }) => text.slice(pos, end))
    .findLast((comment) => comment.startsWith('/**'));
  const between = lead.slice(lead.lastIndexOf('*/') + 2);
  if (doc !== undefined && !/\n\s*\n/.test(between)) return doc;
  const before = file.source.statements[file.source.statements.indexOf(statement) - 1];
  if (doc !== undefined || before === undefined || !ts.isVariableStatement(before) || /\n\s*\n/.test(lead))
    return '';
  return reasonOf(file, before);
}

function plain(comment) {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/@limit\b/g, '')
    .replace(/\{@link (\S+?)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

/** Every limit, in the order of the sources. */
export function limits() {
  return ['run.ts', 'server', 'web'].flatMap(sourcesBelow).flatMap((name) => {
    const file = fileAt(name);
    return [...file.constants.values()].flatMap((constant) => {
      const comment = reasonOf(file, constant.statement);
      const named = path.basename(name) === 'limits.ts' || BY_NAME.test(constant.name);
      if (UNITS.test(constant.name) || !(named || comment.includes('@limit'))) return [];
      const value = valueOf(file, constant.initializer);
      if (value === undefined) return [];
      return [{ file: name, name: constant.name, value: textOf(constant, value), reason: plain(comment) }];
    });
  });
}

const roomOf = (file) =>
  file.startsWith('server/') ? file.split('/').slice(0, 2).join('/') : file.split('/')[0];

/** The text of LIMITS.md. */
export function limitsText() {
  const all = limits();
  const rooms = [...Object.keys(ROOMS), ...new Set(all.map(({ file }) => roomOf(file)))];
  const sections = [...new Set(rooms)].flatMap((room) => {
    const rows = all.filter(({ file }) => roomOf(file) === room);
    if (rows.length === 0) return [];
    return [
      [
        `## ${room}`,
        '',
        ...(ROOMS[room] ? [ROOMS[room], ''] : []),
        '| Limit | Value | Reason | File |',
        '|---|---|---|---|',
        ...rows.map(
          ({ file, name, value, reason }) =>
            `| \`${name}\` | ${value} | ${reason} | [${path.posix.relative(room, file) || file}](${file}) |`,
        ),
        '',
      ].join('\n'),
    ];
  });
  return [
    '# Limits',
    '',
    'Every bound this program keeps, with its reason: what a peer, a request, a file or a person may ask of a node,',
    'and how long the node waits. Written from the sources by `npm run limits`; a test fails when it is out of date.',
    'Limits are constants; what can be set is in the README and in `npm start -- --help`. Numbers without a unit count',
    'what the name says.',
    '',
    ...sections,
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  const text = limitsText();
  const bare = limits().filter(({ reason }) => reason === '');
  for (const { file, name } of bare) console.error(`${file}: ${name} has no comment that says why`);
  if (bare.length > 0) process.exitCode = 1;
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('LIMITS.md is out of date. Write it with:  npm run limits');
    process.exitCode = 1;
  }
}
