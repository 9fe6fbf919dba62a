/**
 * A machine of the simulator: an address, a clock that may be wrong, a disk, and the node that runs on it, or does not.
 * A node is killed in the middle of anything: its transaction is undone or was just committed, its timers and links are
 * gone, and what its unfinished promises still try reaches neither the disk nor the network.
 */
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import type { Commit, Ports, Timer, Timers } from '../../../server/ports/types.ts';
import { openMemoryDatabase } from '../../../server/store/database.ts';
import { createRepositories } from '../../../server/store/repositories.ts';
import { Vault } from '../../../server/store/vault.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import type { Log } from '../../../server/telemetry/log.ts';
import { AtRestCipher } from '../../../server/wire/at-rest.ts';
import type { UserId } from '../../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { Core } from '../core.ts';
import { MemoryFileBytes } from '../memory-bytes.ts';
import { simulatedCrypto } from '../remembered-signatures.ts';
import type { CoreWorld, Disk } from '../core.ts';
import { lyingCrypto } from './lying-relay.ts';

/** How long a node may take to stop, ms of virtual time. */
const STOPPING_MS = 2_000;
/** The longest time something begun before a stop may be waited for still, ms: two minutes for a handler. */
const LAST_WORDS_MS = 130_000;
const NO_TIMER: Timer = { cancel: () => undefined };

/** The node was killed; nothing of it goes on. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Whether an error only says that a node was killed. */
export function isKilled(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Killed) return true;
  return error instanceof AggregateError && error.errors.every(isKilled);
}

/** The disk takes nothing more. */
export class DiskFull extends Error {
  override readonly name = 'SqliteError';
  readonly code = 'SQLITE_FULL';
}

/** Where in a transaction a node is killed. */
export type KillPoint = 'before commit' | 'after commit';

/** One run of the program on a machine. */
class Life {
  alive = true;
  /** Transactions until the end, and how it comes. */
  end: { commits: number; point: KillPoint } | null = null;
  /** Timers that wait, with the monotonic time they are due. */
  readonly timers = new Map<Timer, number>();
}

/** What a killed node still means to do with a thing does not happen. */
function whileAlive<T extends object>(thing: T, life: { alive: boolean }): T {
  return new Proxy(thing, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (!life.alive) throw new Killed();
        const result: unknown = Reflect.apply(value, target, args);
        if (key !== 'incoming' || !(result instanceof Promise)) return result;
        return result.then((incoming: object) => whileAlive(incoming, life));
      };
    },
  });
}

export interface MachineInit {
  index: number;
  host: string;
  /** Whether the program has our extensions; otherwise it behaves and looks like a Python node of today. */
  ours: boolean;
  relayPolicy: RelayPolicy;
  skewMs: number;
  people: number;
  /** What it passes on in place of what others wrote, where it treats that badly; `null`: nothing. */
  tamper?: (text: string) => string | null;
  /** Told of what no honest run logs. */
  complain: (text: string) => void;
  /** Told when the machine was killed at a commit. */
  died: (point: KillPoint) => void;
}

export class Machine {
  readonly index: number;
  readonly name: string;
  readonly identity: NodeIdentity;
  readonly ours: boolean;
  readonly people: UserId[] = [];
  host: string;
  relayPolicy: RelayPolicy;
  /** Told after each transaction. */
  committed: () => void = () => undefined;
  /** Files on its disk. */
  readonly bytes = new MemoryFileBytes();
  /** What its clock is ahead. */
  skewMs: number;
  /** Monotonic time until which it sleeps. */
  asleepUntil = 0;
  diskFull = false;
  /** Runs a program without extensions for the time being. */
  downgraded = false;
  /** Did so at some time. */
  wasDowngraded = false;
  readonly #world: CoreWorld;
  readonly #init: MachineInit;
  #life: Life | null = null;
  #core: Core | null = null;
  /** What a machine that is off has on its disk is opened when somebody looks at it. */
  #disk: Disk | (() => Disk) | null = null;
  #image: Buffer;
  #knownPeers: string | null = null;

  /** @param init.image of an empty database. */
  constructor(world: CoreWorld, init: MachineInit & { image: Buffer }) {
    this.#world = world;
    this.#init = init;
    this.#image = init.image;
    this.index = init.index;
    this.name = `N${init.index}`;
    this.identity = createNodeIdentity(world.random.fork(), nativeCrypto);
    this.ours = init.ours;
    this.host = init.host;
    this.relayPolicy = init.relayPolicy;
    this.skewMs = init.skewMs;
  }

  /** The running node. @throws when there is none. */
  get core(): Core {
    if (this.#core === null) throw new Error(`${this.name} is off`);
    return this.#core;
  }

  get running(): boolean {
    return this.#core !== null;
  }

  /** Whether people can use it. */
  get awake(): boolean {
    return this.running && this.asleepUntil <= this.#world.time.monotonic();
  }

  /** What is on its disk, whether it runs or not. */
  get repositories(): Disk['repositories'] {
    if (this.#disk === null) throw new Error(`${this.name} never ran`);
    if (typeof this.#disk === 'function') this.#disk = this.#disk();
    return this.#disk.repositories;
  }

  /** Whether its program has our extensions now. */
  get secure(): boolean {
    return this.ours && !this.downgraded;
  }

  now(): number {
    return this.#world.time.now() + this.skewMs;
  }

  /** Starts the node; false when it was killed on the way. */
  async start(): Promise<boolean> {
    if (this.#core !== null) return true;
    const life = new Life();
    this.#life = life;
    try {
      const ports = this.#ports(life);
      const core = this.#build(ports, life);
      this.#core = core;
      if (this.people.length === 0)
        for (let n = 0; n < this.#init.people; n += 1)
          this.people.push(core.addPerson(`p${this.index}${'abc'[n] ?? ''}`));
      core.workspace.expiry.start();
      await core.start();
      return life.alive;
    } catch (error) {
      if (!isKilled(error)) throw error;
      return false;
    }
  }

  /** Stops the node as a person does; what it leaves behind. */
  async stop(): Promise<{ timers: number }> {
    const [core, life, disk] = [this.#core, this.#life, this.#disk];
    if (core === null || life === null || disk === null || typeof disk === 'function') return { timers: 0 };
    this.asleepUntil = 0;
    // In the order of `node.ts`: the parts that were started last are stopped first.
    const stopping = (async () => {
      core.workspace.expiry.stop();
      await core.mesh.stop();
      await core.sync.stop();
      core.knownPeers.flush();
    })();
    stopping.catch(() => undefined);
    await this.#world.time.run(STOPPING_MS);
    if (!life.alive) return { timers: 0 };
    await stopping;
    this.#world.network.exit(this.host);
    disk.store.commit.close();
    this.#image = disk.store.image();
    this.#knownPeers = disk.knownPeers;
    disk.store.close();
    life.alive = false;
    this.#core = null;
    this.#reopen();
    const due = this.#world.time.monotonic() + LAST_WORDS_MS;
    return { timers: [...life.timers.values()].filter((at) => at > due).length };
  }

  /** The power goes. */
  kill(): void {
    const [life, disk] = [this.#life, this.#disk];
    if (life === null || disk === null || typeof disk === 'function' || !life.alive) return;
    life.alive = false;
    this.#world.network.crash(this.host);
    this.#image = disk.store.image();
    this.#knownPeers = disk.knownPeers;
    this.#core = null;
    this.#reopen();
  }

  /** The power will go at a transaction to come. */
  killAt(commits: number, point: KillPoint): void {
    if (this.#life !== null) this.#life.end = { commits, point };
  }

  spare(): void {
    if (this.#life !== null) this.#life.end = null;
  }

  #build(ports: Ports, life: Life): Core {
    const disk = this.#open(ports);
    this.#disk = { ...disk, bytes: whileAlive(this.bytes, life) };
    const { tamper } = this.#init;
    return new Core(ports, this.#disk, {
      log: this.#log(),
      ...(tamper === undefined ? {} : { crypto: lyingCrypto(simulatedCrypto, tamper) }),
      mesh: { relayPolicy: this.relayPolicy },
      ...(this.secure ? {} : { capabilities: DEFAULT_CAPABILITIES, canopyVersion: '0.5.38' }),
    });
  }

  /** What is on the disk of a machine that is off, for whoever looks at it. */
  #reopen(): void {
    const timers: Timers = { after: () => NO_TIMER, every: () => NO_TIMER };
    const ports = { ...this.#world.ports(this.host), timers };
    this.#disk = () => this.#open(ports);
  }

  #open(ports: Ports): Disk {
    const { identity } = this;
    const { random } = ports;
    const store = openMemoryDatabase({ ports, log: silentLog }, Buffer.from(this.#image));
    const cipher = new AtRestCipher(
      { crypto: nativeCrypto, random },
      { ed25519Seed: identity.ed25519.privateKey },
    );
    const vault = new Vault(cipher);
    const repositories = createRepositories({ sql: store.sql, vault, random });
    return { identity, store, repositories, knownPeers: this.#knownPeers, bytes: this.bytes };
  }

  #ports(life: Life): Ports {
    const { network, time } = this.#world;
    const base = this.#world.ports(this.host);
    const { transport } = base;
    return {
      ...base,
      clock: { now: () => this.now(), monotonic: () => time.monotonic() },
      timers: this.#timers(life),
      transport: {
        dial: (...args) => (life.alive ? transport.dial(...args) : new Promise(() => undefined)),
        listen: async (options, accept) => {
          if (!life.alive) throw new Killed();
          const listener = await transport.listen(options, accept);
          if (!life.alive) network.crash(this.host);
          return listener;
        },
      },
      commit: (commit) => this.#commit(life, commit),
    };
  }

  /** Timers that end with the node and are late when the machine sleeps. */
  #timers(life: Life): Timers {
    const { time } = this.#world;
    const after = (ms: number, task: () => void): Timer => {
      let inner = time.after(ms, () => run());
      const run = (): void => {
        if (!life.alive) return;
        const rest = this.asleepUntil - time.monotonic();
        if (rest > 0) {
          inner = time.after(rest, run);
          return;
        }
        life.timers.delete(timer);
        task();
      };
      const timer: Timer = {
        cancel: () => {
          life.timers.delete(timer);
          inner.cancel();
        },
      };
      life.timers.set(timer, time.monotonic() + ms);
      return timer;
    };
    const every = (ms: number, task: () => void): Timer => {
      const again = (): void => {
        inner = after(ms, again);
        task();
      };
      let inner = after(ms, again);
      return { cancel: () => inner.cancel() };
    };
    return { after, every };
  }

  #commit(life: Life, base: Commit): Commit {
    return {
      transaction: (work) => {
        if (!life.alive) throw new Killed();
        if (this.diskFull) throw new DiskFull('database or disk is full');
        if (life.end === null || (life.end.commits -= 1) > 0) {
          const result = base.transaction(work);
          this.committed();
          return result;
        }
        const { point } = life.end;
        try {
          base.transaction(() => {
            work();
            if (point === 'before commit') throw new Killed();
          });
        } catch {
          // Undone, as it would be.
        }
        // What was committed is told to nobody.
        this.kill();
        this.#init.died(point);
        throw new Killed();
      },
    };
  }

  #log(): Log {
    const { complain } = this.#init;
    const say = (level: string, fields: Record<string, unknown>, message: string): void => {
      const { err } = fields;
      if (isKilled(err) || err instanceof DiskFull) return;
      const detail = err instanceof Error ? (err.stack ?? err.message) : '';
      complain(`${this.name} logged ${level}: ${message} ${detail}`);
    };
    const log: Log = {
      ...silentLog,
      error: (fields, message) => say('an error', fields, message),
      child: () => log,
    };
    return log;
  }
}
