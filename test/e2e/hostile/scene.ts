/**
 * What an attack must not do to a node: a victim and a friend of it, each a process of its own, and the measure of one
 * attack: the victim answers meanwhile, its memory stays in bounds, friends still hear each other, the offender is named.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { NodeProcess, eventually } from '../node-process.ts';

const MIB = 1024 * 1024;
/** What an attack may add to the memory of a node: the largest message a few times over. Far above what is seen. */
const MAX_GROWTH_BYTES = 384 * MIB;
/** Answers that must have come while an attack goes on. */
const MIN_ANSWERS = 5;

/** Between two questions, so that the limit of requests per minute is not in the way. */
const POLL_MS = 50;

export interface Activity {
  kind: string;
  peer_id: string;
  detail?: string;
}

/** The two nodes. */
export class Scene {
  readonly victim = new NodeProcess({ name: 'victim' });
  readonly friend = new NodeProcess({ name: 'friend' });
  #messages = 0;

  async start(): Promise<this> {
    const { victim, friend } = this;
    await Promise.all([victim.start(), friend.start()]);
    await Promise.all([victim.setUp(), friend.setUp()]);
    await friend.join(victim, '127.0.0.1', victim.meshPort);
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.victim.dispose(), this.friend.dispose()]);
  }

  /** Runs an attack and checks what it did. */
  async under(attack: () => Promise<void>): Promise<void> {
    const { victim, friend } = this;
    const before = memory(victim.pid, 'now');
    resetPeak(victim.pid);
    let over = false;
    let answers = 0;
    const polling = (async () => {
      while (!over || answers < MIN_ANSWERS) {
        const answer = await victim.request('GET', '/api/v1/health');
        assert.equal(answer.status, 200);
        answers += 1;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    })();
    this.#messages += 1;
    const text = `during attack ${this.#messages}`;
    const attacking = attack();
    await friend.post(text);
    await victim.waitForMessage(text);
    await attacking;
    const meanwhile = answers;
    over = true;
    await polling;
    await victim.post(`after attack ${this.#messages}`);
    await friend.waitForMessage(`after attack ${this.#messages}`);
    assert.ok(meanwhile > 0, 'the node answers while it is attacked');
    const growth = memory(victim.pid, 'peak') - before;
    assert.ok(growth < MAX_GROWTH_BYTES, `the victim grew by ${Math.round(growth / MIB)} MiB`);
  }

  /** Waits until the offender stands in the activity list of the page and in the log. @param who a peer id or an address. */
  async named(who: string, words: RegExp): Promise<void> {
    const { victim } = this;
    await eventually(`${who} is named`, async () => {
      const { events } = await victim.api<{ events: Activity[] }>('GET', '/p2p/activity?limit=200');
      return events.some(
        (event) => event.kind === 'security' && event.peer_id === who && words.test(event.detail ?? ''),
      );
    });
    const line = victim.output.split('\n').find((one) => one.includes(who) && /warn|"level":40/i.test(one));
    assert.ok(line !== undefined, `no line of the log warns of ${who}:\n${victim.output.slice(-2_000)}`);
  }
}

/** Resident memory of a process in bytes, as far as the system tells it: where it does not, tests of it mean nothing. */
function memory(pid: number | undefined, which: 'now' | 'peak'): number {
  const status = `/proc/${pid ?? 0}/status`;
  if (!existsSync(status)) {
    return 1024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString());
  }
  const name = which === 'now' ? 'VmRSS' : 'VmHWM';
  return 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(status, 'utf8'))?.[1]);
}

/** Begins a new measurement of the peak. */
function resetPeak(pid: number | undefined): void {
  if (existsSync(`/proc/${pid ?? 0}/clear_refs`)) writeFileSync(`/proc/${pid ?? 0}/clear_refs`, '5');
}
