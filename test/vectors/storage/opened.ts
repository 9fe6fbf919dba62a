/** A data directory of the reference, copied to a temporary place and opened with this project's store and workspace. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { loadOrCreateNodeIdentity, type NodeIdentity } from '../../../server/identity/node-identity.ts';
import { openDatabase } from '../../../server/store/database.ts';
import { createRepositories, type Repositories } from '../../../server/store/repositories.ts';
import { parseTime } from '../../../server/store/time.ts';
import { Vault } from '../../../server/store/vault.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import { AtRestCipher } from '../../../server/wire/at-rest.ts';
import { Workspace } from '../../../server/workspace/workspace.ts';
import { TestPorts } from '../../store/support.ts';
import type { Expected } from './expected.ts';
import { MemoryFileBytes } from '../../sim/memory-bytes.ts';

export interface OpenedDirectory {
  directory: string;
  /** Path of the database in the copy. */
  file: string;
  identity: NodeIdentity;
  rows: Repositories;
  workspace: Workspace;
  /** The time the node believes it is, in Unix ms: just after everything in the directory was written. */
  now: number;
  /** Closes the database; harmless when it is closed already. */
  close(): void;
}

/** Copies `source`, opens the copy, does `work`, and removes it again. */
export async function withDirectory(
  source: string,
  expected: Expected,
  work: (opened: OpenedDirectory) => void | Promise<void>,
): Promise<void> {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'canopy-vector-'));
  try {
    copyWritable(source, directory);
    const ports = new TestPorts();
    ports.time = timeAfter(expected);
    const { random } = ports;
    const file = path.join(directory, 'canopy.db');
    const store = await openDatabase(file, { ports, log: silentLog });
    try {
      const identityFile = path.join(directory, 'peer_identity.json');
      const identity = loadOrCreateNodeIdentity(identityFile, { random, crypto: nativeCrypto });
      const { privateKey } = identity.ed25519;
      const cipher = new AtRestCipher({ crypto: nativeCrypto, random }, { ed25519Seed: privateKey });
      const rows = createRepositories({ sql: store.sql, vault: new Vault(cipher), random });
      const bus = new EventBus((error) => {
        throw error;
      });
      const workspace = new Workspace(
        { store, repositories: rows, ports, crypto: nativeCrypto, bus, bytes: new MemoryFileBytes() },
        {
          secretKey: expected.secret_key,
          autoApproveAgents: false,
          localPeer: identity.peerId,
          trustDefault: 'ask',
          maintenanceIntervalMs: 900_000,
        },
      );
      await work({
        directory,
        file,
        identity,
        rows,
        workspace,
        now: ports.time,
        close: () => store.close(),
      });
    } finally {
      store.close();
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** Copies contents without modes: golden data may be kept read-only. */
function copyWritable(source: string, target: string): void {
  fs.mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const from = path.join(source, entry.name);
    const to = path.join(target, entry.name);
    if (entry.isDirectory()) copyWritable(from, to);
    else if (entry.isFile()) fs.writeFileSync(to, fs.readFileSync(from), { mode: 0o600 });
  }
}

/** An hour after the newest message. */
function timeAfter(expected: Expected): number {
  const written = [...expected.channels.flatMap((channel) => channel.messages), ...expected.direct_messages];
  return Math.max(...written.map((message) => parseTime(message.created_at) ?? 0)) + 3_600_000;
}
