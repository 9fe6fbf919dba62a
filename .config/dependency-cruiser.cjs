// Which room may import which (08 section 2). Imports point one way; `npm run lint` says so in these words.
const rooms = {
  ports: [],
  markdown: [],
  crypto: [],
  wire: ['crypto'],
  telemetry: ['ports', 'wire'],
  config: ['ports', 'wire'],
  identity: ['ports', 'crypto', 'wire'],
  store: ['ports', 'crypto', 'wire', 'telemetry'],
  mesh: ['ports', 'crypto', 'wire', 'identity', 'store', 'telemetry'],
  workspace: ['ports', 'crypto', 'wire', 'identity', 'store', 'telemetry'],
  sync: ['ports', 'crypto', 'wire', 'identity', 'store', 'telemetry', 'mesh', 'workspace'],
  libraries: ['ports', 'crypto', 'wire', 'identity', 'store', 'telemetry', 'mesh', 'workspace'],
  cli: ['ports', 'crypto', 'wire', 'identity', 'store', 'telemetry', 'config', 'workspace'],
  http: [
    'ports',
    'markdown',
    'crypto',
    'wire',
    'identity',
    'store',
    'telemetry',
    'config',
    'mesh',
    'workspace',
    'sync',
    'libraries',
  ],
};
const why = {
  workspace: 'workspace publishes what happened and never knows the mesh; sync decides who hears of it',
  mesh: 'mesh moves envelopes and knows nothing of chat; handlers register for a type in sync',
  wire: 'wire is pure functions and types, no I/O',
};
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'A cycle means two files are one idea or one idea is in the wrong room.',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      severity: 'error',
      comment: `${room} may import only: ${[room, ...allowed].join(', ')}. ${why[room] ?? 'Imports point one way (08 section 2).'}`,
      from: { path: `^server/${room}/` },
      to: { path: '^(server|web|test|run\\.ts)', pathNot: `^server/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'web-is-apart',
      severity: 'error',
      comment:
        'The browser client talks to the node by HTTP only; it may share nothing but types from server/wire and server/http/types, and how a text is read from server/markdown.',
      from: { path: '^web/' },
      to: { path: '^server/', pathNot: '^server/(wire|http/types|markdown)' },
    },
    {
      name: 'node-knows-all',
      severity: 'error',
      comment: 'Only run.ts and server/node.ts may assemble parts.',
      from: { path: '^server/', pathNot: '^server/node\\.ts' },
      to: { path: '^(server/node\\.ts|run\\.ts)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'] },
  },
};
