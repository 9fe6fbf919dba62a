import assert from 'node:assert/strict';
import type { PeerId, UserId } from '../../../server/wire/ids.ts';
import { CoreWorld, GENERAL } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';

/** Whole nodes that accepted each other, one person each, on addresses 10.0.0.1 and up. */
export class Scene {
  readonly world: CoreWorld;
  readonly cores: Core[] = [];
  readonly people: UserId[] = [];

  constructor(seed: number) {
    this.world = new CoreWorld(seed);
  }

  /** @param names one node each */
  async begin(...names: string[]): Promise<this> {
    for (const [i, name] of names.entries()) {
      const core = this.world.core({ host: host(i) });
      this.cores.push(core);
      this.people.push(core.addPerson(name));
    }
    for (const one of this.cores)
      for (const other of this.cores) if (one !== other) one.workspace.trust.setScore(other.mesh.peerId, 90);
    for (const core of this.cores) await core.start();
    return this;
  }

  /** Makes `from` know and dial `to`, and waits until what follows a connection is over. */
  async meet(from: number, to: number): Promise<void> {
    const [dialler, other] = [this.core(from), this.core(to)];
    void dialler.importInviteOf(other);
    await this.world.time.until(() => other.mesh.isConnected(dialler.mesh.peerId));
    await this.world.time.run(30_000);
  }

  core(i: number): Core {
    return this.cores[i] ?? assert.fail('no such node');
  }

  person(i: number): UserId {
    return this.people[i] ?? assert.fail('no such person');
  }

  peer(i: number): PeerId {
    return this.core(i).mesh.peerId;
  }

  /** Stops a node and starts it again later; `meanwhile` happens in between. */
  async outage(i: number, meanwhile: () => Promise<void>): Promise<void> {
    await this.settle(this.core(i).stop());
    await meanwhile();
    const again = this.world.core({ host: host(i) }, this.core(i).disk);
    this.cores[i] = again;
    await again.start();
  }

  /** Forgets what is owed everywhere, so that only reconciliation brings anything. */
  forgetOwed(): void {
    for (const core of this.cores) core.disk.store.sql.run('DELETE FROM native_outbox');
  }

  async post(i: number, content: string): Promise<string> {
    const { channelMessages } = this.core(i).workspace;
    return (await this.settle(channelMessages.post(this.person(i), { channelId: GENERAL, content }))).id;
  }

  async direct(from: number, to: number, content: string): Promise<void> {
    const { directMessages } = this.core(from).workspace;
    await this.settle(directMessages.send(this.person(from), { recipientIds: [this.person(to)], content }));
  }

  texts(i: number): string[] {
    return this.core(i)
      .general(this.person(i))
      .map((message) => message.content)
      .sort();
  }

  directTexts(i: number): string[] {
    return this.core(i)
      .direct(this.person(i))
      .map((message) => message.content)
      .sort();
  }

  /** Changes the database of a node as a person there would. */
  change(i: number, work: (core: Core) => void): void {
    this.core(i).workspace.inbound.changes.now(() => work(this.core(i)));
  }

  async run(seconds: number): Promise<void> {
    await this.world.time.run(seconds * 1000);
  }

  async end(): Promise<void> {
    await this.settle(Promise.all(this.cores.map((core) => core.stop())));
  }

  async settle<T>(work: Promise<T>): Promise<T> {
    await this.world.time.run(2_000);
    return work;
  }

  /** Bytes of reconcile frames a node sends to a peer from now on. */
  countBytes(i: number, to: number): { bytes: number } {
    const link = this.core(i).mesh.links.get(this.peer(to)) ?? assert.fail('no secure session');
    const counted = { bytes: 0 };
    const send = link.send.bind(link);
    link.send = (type, body) => {
      if (type >= 0x20 && type <= 0x26) counted.bytes += body.length;
      return send(type, body);
    };
    return counted;
  }
}

function host(i: number): string {
  return `10.0.0.${i + 1}`;
}
