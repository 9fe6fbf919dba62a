/** `canopy doctor`: looks at everything a node needs and says what to do. It changes and creates nothing. */
import { existsSync } from 'node:fs';
import { systemClock } from '../ports/system.ts';
import type { Context, Outcome } from './context.ts';
import { ok, warning } from './doctor-checks.ts';
import type { Check } from './doctor-checks.ts';
import { checkClock, checkDatabase, checkDirectory, checkIdentity, checkModes } from './doctor-disk.ts';
import { checkAddresses, checkMulticast, checkPeers, checkPorts } from './doctor-network.ts';
import { count } from './format.ts';
import { knownPeers } from './mesh-commands.ts';
import type { StoredPeer } from '../identity/known-peers-file.ts';
import type { DataPaths } from '../config/data-directory.ts';

const MARKS = { ok: 'ok  ', warning: 'look', failure: 'FAIL' } as const;

/** `doctor`: exit code 1 when something keeps the node from working. */
export async function runDoctor(context: Context): Promise<Outcome> {
  const { config, paths, running } = context;
  const checks = [
    ...checkDisk(context),
    checkClock(paths, systemClock.now()),
    ...(await checkPorts(config, running)),
    checkAddresses(config),
    await checkMulticast(config),
    ...(await checkPeers(config.disableMesh ? [] : readPeers(paths))),
  ];
  const bad = checks.filter((check) => check.state === 'failure').length;
  const doubtful = checks.filter((check) => check.state === 'warning').length;
  const verdict =
    bad + doubtful === 0
      ? 'Everything looks well.'
      : `${count(bad, 'failure')}, ${count(doubtful, 'thing')} to look at.`;
  return {
    text: [...checks.flatMap(lines), '', verdict].join('\n'),
    json: { ok: bad === 0, failures: bad, warnings: doubtful, checks },
    ok: bad === 0,
  };
}

function checkDisk({ paths, running }: Context): Check[] {
  if (paths === null || !existsSync(paths.directory)) {
    const where = paths === null ? 'none for this user' : `there is no ${paths.directory}`;
    return [
      warning(
        'Data directory',
        where,
        'It is created by the first start of the node. If it should exist, give the same HOME and --data-root or CANOPY_DATA_DIR as for the node.',
      ),
    ];
  }
  return [
    checkDirectory(paths),
    checkModes(paths),
    checkIdentity(paths),
    checkDatabase(paths),
    ok('Lock', running ? 'held: a node is running on this directory' : 'free: no node is running'),
  ];
}

/** A damaged identity has its own check. */
function readPeers(paths: DataPaths | null): StoredPeer[] {
  try {
    return paths === null ? [] : knownPeers(paths);
  } catch {
    return [];
  }
}

function lines({ name, state, found, advice }: Check): string[] {
  return [`${MARKS[state]}  ${name}: ${found}`, ...advice.map((line) => `        ${line}`)];
}
