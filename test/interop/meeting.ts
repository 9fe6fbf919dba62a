/** Our node and a running Python node that are connected, trust and know each other: what most of these tests begin with. */
import { NodeProcess } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { PythonNode } from './python-node.ts';
import type { InteropEnvironment, KnownPerson } from './python-node.ts';

/** What crosses live does so in seconds; what needs a catch-up of Python's comes every three minutes. */
export const PATIENCE_MS = 240_000;

const PAUSE_MS = 700;

/** Looks until `probe` says something, as seldom as Python bears it. */
export async function soon<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  limitMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what}: did not happen`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

export class Meeting {
  readonly python: PythonNode;
  readonly ours: NodeProcess;
  /** In every text of this run, so that no other run's counts. */
  readonly run = Date.now().toString(36);
  pythonId = '';
  pythonUser = '';
  oursId = '';
  /** Whether it is 0.5: it reads what is sealed, and has means for members, files in chunks and more. */
  modern = true;

  constructor(environment: InteropEnvironment, init: { name: string }) {
    this.python = new PythonNode(environment);
    const { within } = this.python;
    this.ours = new NodeProcess({
      name: init.name,
      ...(within === undefined ? {} : { within, meshHost: null }),
    });
  }

  async begin(): Promise<void> {
    const { ours, python, run } = this;
    await ours.start();
    await ours.setUp(`${ours.name}-${run}`);
    [this.pythonId, this.pythonUser, this.oursId] = [
      await python.peerId(),
      await python.userId(),
      await ours.peerId(),
    ];
    this.modern = (await python.version()).startsWith('0.5.');
    await ours.api('POST', '/p2p/invite/import', { invite_code: await python.invite() });
    await ours.waitConnected(this.pythonId);
    await python.trust(this.oursId);
    await this.ours.post(this.text('hello from ours'));
    await python.post(this.text('hello from Python'));
    await this.seenThere(this.text('hello from ours'));
    await this.seenHere(this.text('hello from Python'));
    await soon('both know the other person', async () => {
      const [here, there] = [await this.people(), await python.people()];
      return [
        [here, this.pythonUser],
        [there, ours.userId],
      ].every(([list, id]) => (list as KnownPerson[]).some((person) => person.user_id === id));
    });
  }

  async end(): Promise<void> {
    await this.python.api('POST', '/p2p/forget', { peer_id: this.oursId });
    await this.ours.dispose();
  }

  text(what: string): string {
    return `${this.run} ${what}`;
  }

  /** Every person known on our node. */
  async people(): Promise<KnownPerson[]> {
    return (await this.ours.api<{ agents: KnownPerson[] }>('GET', '/agents?include_humans=1')).agents;
  }

  async messagesHere(channel = 'general'): Promise<TestMessage[]> {
    return (
      await this.ours.api<{ messages: TestMessage[] }>('GET', `/channels/${channel}/messages?limit=500`)
    ).messages;
  }

  async messagesThere(channel = 'general'): Promise<TestMessage[]> {
    return (
      await this.python.api<{ messages: TestMessage[] }>('GET', `/channels/${channel}/messages?limit=500`)
    ).messages;
  }

  async seenHere(content: string, channel?: string): Promise<TestMessage> {
    return soon(`ours sees "${content}"`, async () =>
      (await this.messagesHere(channel)).find((message) => message.content === content),
    );
  }

  async seenThere(content: string, channel?: string): Promise<TestMessage> {
    return soon(`Python sees "${content}"`, async () =>
      (await this.messagesThere(channel)).find((message) => message.content === content),
    );
  }

  /** Both nodes, each with how to look at the other side, for steps that are the same either way. */
  get ways(): Way[] {
    const { ours, python } = this;
    return [
      {
        name: 'ours',
        post: async (body) =>
          (await ours.api<{ message: TestMessage }>('POST', '/channels/messages', body)).message,
        api: (method, route, body) => ours.api(method, route, body),
        seen: (content, channel) => this.seenThere(content, channel),
        list: (channel) => this.messagesThere(channel),
      },
      {
        name: 'Python',
        post: async (body) =>
          (await python.api<{ message: TestMessage }>('POST', '/channels/messages', body)).message,
        api: (method, route, body) => python.api(method, route, body),
        seen: (content, channel) => this.seenHere(content, channel),
        list: (channel) => this.messagesHere(channel),
      },
    ];
  }
}

/** One side that does something, and what the other side sees of it. */
export interface Way {
  name: string;
  post(body: object): Promise<TestMessage>;
  api(method: string, route: string, body?: unknown): Promise<Record<string, unknown>>;
  seen(content: string, channel?: string): Promise<TestMessage>;
  list(channel?: string): Promise<TestMessage[]>;
}
