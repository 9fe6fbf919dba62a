/**
 * A network of namespaces on this machine, for what only a real network does: lines that lose packets, lines that are
 * cut, addresses that change. One hub in the middle, every other host on a line of its own to it, and at first nothing
 * forwards between lines: hosts reach the hub and never each other.
 *
 * Needs the right to make network namespaces; {@link makeStar} says why where that is not given.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}

/** A host at the end of a line; `10.89.<line>.2` at first, the hub is `10.89.<line>.1`. */
export class Host {
  readonly name: string;
  readonly line: number;
  readonly #hub: string;
  #last = 2;

  constructor(hub: string, line: number) {
    this.name = `${hub}${line}`;
    this.line = line;
    this.#hub = hub;
  }

  /** What to put before a command that is to run on this host. */
  get within(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  get address(): string {
    return `10.89.${this.line}.${this.#last}`;
  }

  /** The hub as this host sees it. */
  get hubAddress(): string {
    return `10.89.${this.line}.1`;
  }

  /** Cuts or mends the line. Cut, nothing arrives and nobody is told. */
  cut(isCut: boolean): void {
    this.#filter(isCut ? ['drop'] : null);
  }

  /** Loses so many of a hundred packets on their way to this host and to the hub; 0 loses none. */
  lose(percent: number): void {
    this.#filter(percent === 0 ? null : ['numgen', 'random', 'mod', '100', '<', String(percent), 'drop']);
  }

  /** Gives the host another address, as a laptop gets that moves to another network; the old one is gone. */
  move(): void {
    const before = this.address;
    this.#last += 1;
    run('ip', '-n', this.name, 'addr', 'del', `${before}/24`, 'dev', 'line');
    run('ip', '-n', this.name, 'addr', 'add', `${this.address}/24`, 'dev', 'line');
    run('ip', '-n', this.name, 'route', 'replace', 'default', 'via', this.hubAddress);
  }

  /** @internal */
  build(): void {
    const hubEnd = `line${this.line}`;
    run('ip', 'netns', 'add', this.name);
    run(
      'ip',
      'link',
      'add',
      'line',
      'netns',
      this.name,
      'type',
      'veth',
      'peer',
      'name',
      hubEnd,
      'netns',
      this.#hub,
    );
    run('ip', '-n', this.name, 'link', 'set', 'lo', 'up');
    run('ip', '-n', this.name, 'addr', 'add', `${this.address}/24`, 'dev', 'line');
    run('ip', '-n', this.name, 'link', 'set', 'line', 'up');
    run('ip', '-n', this.#hub, 'addr', 'add', `${this.hubAddress}/24`, 'dev', hubEnd);
    run('ip', '-n', this.#hub, 'link', 'set', hubEnd, 'up');
    run('ip', '-n', this.name, 'route', 'add', 'default', 'via', this.hubAddress);
    this.#nft('add', 'table', 'inet', 'line');
    this.#nft('add', 'chain', 'inet', 'line', 'in', '{ type filter hook input priority 0; }');
    this.#nft('add', 'chain', 'inet', 'line', 'out', '{ type filter hook output priority 0; }');
  }

  /** Applies a rule to everything that crosses the line; the loopback of the host is not the line. */
  #filter(rule: string[] | null): void {
    for (const [chain, device] of [
      ['in', 'iifname'],
      ['out', 'oifname'],
    ] as const) {
      this.#nft('flush', 'chain', 'inet', 'line', chain);
      if (rule !== null) this.#nft('add', 'rule', 'inet', 'line', chain, device, 'line', ...rule);
    }
  }

  #nft(...args: string[]): void {
    run('ip', 'netns', 'exec', this.name, 'nft', ...args);
  }
}

/** The hub and its hosts. */
export class Star {
  readonly name: string;
  readonly hosts: Host[];
  readonly #forwarders: ChildProcess[] = [];

  constructor(name: string, count: number) {
    this.name = name;
    this.hosts = Array.from({ length: count }, (_, index) => new Host(name, index + 1));
  }

  get within(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Lets the hosts reach each other through the hub's own network, or no longer. */
  forward(isForwarding: boolean): void {
    const [command = '', ...before] = this.within;
    run(command, ...before, 'sh', '-c', `echo ${isForwarding ? 1 : 0} > /proc/sys/net/ipv4/ip_forward`);
  }

  /**
   * Opens a port on the hub that leads to `target` on the hub and holds every byte back for `delayMs` in both
   * directions: a long line, where the kernel has no delay of its own.
   * @returns the port
   */
  async slowPort(target: number, delayMs: number): Promise<number> {
    const script = `
      const net = require('node:net');
      const [target, delay] = process.argv.slice(1).map(Number);
      const pass = (from, to) => {
        from.on('data', (chunk) => setTimeout(() => to.write(chunk), delay));
        from.on('close', () => setTimeout(() => to.destroy(), delay));
        from.on('error', () => undefined);
      };
      const server = net.createServer((near) => {
        const far = net.connect(target, '127.0.0.1');
        pass(near, far);
        pass(far, near);
      });
      server.listen(0, '0.0.0.0', () => console.log(server.address().port));`;
    const [command = '', ...before] = this.within;
    const child = spawn(
      command,
      [...before, process.execPath, '-e', script, String(target), String(delayMs)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#forwarders.push(child);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return Number(line);
  }

  /** @internal */
  build(): void {
    run('ip', 'netns', 'add', this.name);
    run('ip', '-n', this.name, 'link', 'set', 'lo', 'up');
    this.forward(false);
    for (const host of this.hosts) host.build();
  }

  /** Removes all of it. The nodes inside must have ended before. */
  remove(): void {
    for (const forwarder of this.#forwarders.splice(0)) forwarder.kill();
    for (const name of [...this.hosts.map((host) => host.name), this.name]) {
      try {
        run('ip', 'netns', 'del', name);
      } catch {
        // was never made
      }
    }
  }
}

/** Makes a hub with `count` hosts, or says why that is not possible here. */
export function makeStar(count: number): Star | string {
  const star = new Star(`cnet${process.pid}x`, count);
  try {
    star.build();
    return star;
  } catch (error) {
    star.remove();
    return `network namespaces with nftables cannot be made here: ${String(error).split('\n')[0]}`;
  }
}
