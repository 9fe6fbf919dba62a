/**
 * What every {@link Transport} must do. The websocket transport and the simulator's network both pass this; a
 * simulation is worth what its network promises and keeps.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DialError } from '../../server/ports/types.ts';
import type { Link, LinkClose, Listener, Transport } from '../../server/ports/types.ts';

/** A transport under test, and how time passes for it. */
export interface TransportWorld {
  transport: Transport;
  /** Where a listener of this world is reached. */
  endpoint(port: number): string;
  /** Lets time pass until `done` holds; rejects when it never does. */
  until(done: () => boolean): Promise<void>;
  /** The result of `promise`, letting time pass meanwhile. */
  resolve<T>(promise: Promise<T>): Promise<T>;
}

/** One side of a link with everything it heard. */
export class Side {
  readonly link: Link;
  readonly messages: string[] = [];
  readonly closes: LinkClose[] = [];

  constructor(link: Link) {
    this.link = link;
    link.attach({ message: (text) => this.messages.push(text), close: (info) => this.closes.push(info) });
  }
}

const LIMITS = { maxMessageBytes: 1024, maxLinks: 10, maxLinksPerAddress: 10 };
const DIAL = { timeoutMs: 2_000, maxMessageBytes: 1024 };

/** Declares the suite. */
export function transportAcceptance(name: string, make: () => TransportWorld): void {
  describe(name, () => {
    const worlds = { make };

    async function open(
      limits = LIMITS,
    ): Promise<{ world: TransportWorld; listener: Listener; accepted: Link[]; dial(): Promise<Link> }> {
      const world = worlds.make();
      const accepted: Link[] = [];
      const listener = await world.transport.listen({ host: '127.0.0.1', port: 0, ...limits }, (link) =>
        accepted.push(link),
      );
      const dial = (): Promise<Link> =>
        world.resolve(world.transport.dial(world.endpoint(listener.port), DIAL));
      return { world, listener, accepted, dial };
    }

    async function pair(): Promise<{ world: TransportWorld; listener: Listener; near: Side; far: Side }> {
      const { world, listener, accepted, dial } = await open();
      const near = new Side(await dial());
      await world.until(() => accepted.length === 1);
      const [link] = accepted;
      assert.ok(link);
      return { world, listener, near, far: new Side(link) };
    }

    test('messages arrive in order, both ways, also those sent before anybody attached', async () => {
      const { world, listener, accepted, dial } = await open();
      const near = new Side(await dial());
      await world.resolve(near.link.send('first'));
      await world.resolve(near.link.send('zweite – ✓'));
      await world.until(() => accepted.length === 1);
      const [link] = accepted;
      assert.ok(link);
      await world.resolve(world.resolve(near.link.send('third')));
      const far = new Side(link);
      await world.until(() => far.messages.length === 3);
      assert.deepEqual(far.messages, ['first', 'zweite – ✓', 'third']);
      await world.resolve(far.link.send('back'));
      await world.until(() => near.messages.length === 1);
      assert.deepEqual(near.messages, ['back']);
      near.link.terminate();
      await listener.stop();
    });

    test('a port in use is refused with its code, and a stopped listener with no answer', async () => {
      const { world, listener } = await open();
      await assert.rejects(
        world.transport.listen({ host: '127.0.0.1', port: listener.port, ...LIMITS }, () => undefined),
        { code: 'EADDRINUSE' },
      );
      await world.resolve(listener.stop());
      await world.resolve(listener.stop());
      await assert.rejects(
        world.resolve(world.transport.dial(world.endpoint(listener.port), DIAL)),
        (error) => error instanceof DialError && error.reason === 'refused',
      );
    });

    test('a dial that is cancelled says so', async () => {
      const { world, listener } = await open();
      const stop = new AbortController();
      stop.abort();
      await assert.rejects(
        world.resolve(world.transport.dial(world.endpoint(listener.port), { ...DIAL, signal: stop.signal })),
        (error) => error instanceof DialError && error.reason === 'aborted',
      );
      await listener.stop();
    });

    test('what is no address is not dialled', async () => {
      const { transport, resolve } = worlds.make();
      await assert.rejects(
        resolve(transport.dial('nonsense', DIAL)),
        (error) => error instanceof DialError && error.reason === 'invalid',
      );
    });

    test('both sides hear of a close, once, with its code', async () => {
      const { world, listener, near, far } = await pair();
      near.link.close();
      near.link.close();
      await world.until(() => near.closes.length > 0 && far.closes.length > 0);
      assert.equal(far.closes[0]?.code, 1000);
      assert.equal(near.closes.length, 1);
      assert.equal(far.closes.length, 1);
      await assert.rejects(world.resolve(near.link.send('late')));
      await assert.rejects(world.resolve(near.link.ping()));
      await listener.stop();
    });

    test('a cut link ends without a closing code', async () => {
      const { world, listener, near, far } = await pair();
      near.link.terminate();
      await world.until(() => near.closes.length > 0 && far.closes.length > 0);
      assert.equal(near.closes[0]?.code, 1006);
      assert.equal(far.closes[0]?.code, 1006);
      await listener.stop();
    });

    test('a close that happened before the owner came is told to the owner', async () => {
      const { world, listener, accepted, dial } = await open();
      const near = new Side(await dial());
      await world.until(() => accepted.length === 1);
      const [link] = accepted;
      assert.ok(link);
      near.link.close();
      await world.until(() => near.closes.length === 1);
      assert.deepEqual(new Side(link).closes.length, 1);
      await listener.stop();
    });

    test('a ping measures the way there and back', async () => {
      const { world, listener, near } = await pair();
      const ms = await world.resolve(near.link.ping());
      assert.ok(ms >= 0 && Number.isFinite(ms));
      near.link.terminate();
      await listener.stop();
    });

    test('a paused link keeps what arrives and hands it over in order', async () => {
      const { world, listener, near, far } = await pair();
      far.link.pause();
      for (const text of ['a', 'b', 'c']) await world.resolve(near.link.send(text));
      // Something that takes the same way and comes back, so that the three are certainly there.
      await world.resolve(far.link.send('over there'));
      await world.until(() => near.messages.length === 1);
      assert.deepEqual(far.messages, []);
      far.link.resume();
      await world.until(() => far.messages.length === 3);
      assert.deepEqual(far.messages, ['a', 'b', 'c']);
      near.link.terminate();
      await listener.stop();
    });

    test('an owner may pause in the middle of a batch', async () => {
      const { world, listener, accepted, dial } = await open();
      const near = await dial();
      await world.until(() => accepted.length === 1);
      const [link] = accepted;
      assert.ok(link);
      for (const text of ['a', 'b', 'c']) await world.resolve(near.send(text));
      const heard: string[] = [];
      link.attach({
        message: (text) => {
          heard.push(text);
          link.pause();
        },
        close: () => undefined,
      });
      await world.until(() => heard.length === 1);
      link.resume();
      await world.until(() => heard.length === 2);
      link.resume();
      await world.until(() => heard.length === 3);
      assert.deepEqual(heard, ['a', 'b', 'c']);
      near.terminate();
      await listener.stop();
    });

    test('binary messages keep their bytes and their place among texts, and fit into one limit with them', async () => {
      const { world, listener, accepted, dial } = await open();
      const near = await dial();
      await world.until(() => accepted.length === 1);
      const heard: (string | Uint8Array)[] = [];
      const [far] = accepted;
      assert.ok(far);
      far.attach({
        message: (text) => heard.push(text),
        binary: (bytes) => heard.push(Uint8Array.from(bytes)),
        close: () => undefined,
      });
      const side = new Side(near);
      await world.resolve(near.send('text'));
      await world.resolve(near.send(Uint8Array.of(0xff, 0, 0xfe)));
      await world.resolve(near.send('text'));
      await world.until(() => heard.length === 3);
      assert.deepEqual(heard, ['text', Uint8Array.of(0xff, 0, 0xfe), 'text']);
      await near.send(new Uint8Array(LIMITS.maxMessageBytes + 1)).catch(() => undefined);
      await world.until(() => side.closes.length === 1);
      assert.equal(side.closes[0]?.code, 1009);
      await listener.stop();
    });

    test('whoever expects texts only reads a binary message as one', async () => {
      const { world, listener, near, far } = await pair();
      await world.resolve(near.link.send(new TextEncoder().encode('ü')));
      await world.until(() => far.messages.length === 1);
      assert.deepEqual(far.messages, ['ü']);
      await listener.stop();
    });

    test('a message over the limit closes the link with 1009, and the limit can be raised', async () => {
      const { world, listener, near, far } = await pair();
      far.link.setMaxMessageBytes(() => 4_096);
      await world.resolve(near.link.send('x'.repeat(4_096)));
      await world.until(() => far.messages.length === 1);
      assert.equal(far.messages[0]?.length, 4_096);
      near.link.send('x'.repeat(4_097)).catch(() => undefined);
      await world.until(() => near.closes.length > 0 && far.closes.length > 0);
      assert.equal(near.closes[0]?.code, 1009);
      assert.equal(far.messages.length, 1);
      await listener.stop();
    });

    test('no more links per address than allowed', async () => {
      const { world, listener, dial } = await open({ ...LIMITS, maxLinksPerAddress: 2 });
      const [one, two] = [new Side(await dial()), new Side(await dial())];
      await assert.rejects(dial(), DialError);
      one.link.terminate();
      await world.until(() => one.closes.length === 1);
      let third: Link | null = null;
      for (let tries = 0; third === null && tries < 50; tries += 1) third = await dial().catch(() => null);
      assert.ok(third);
      third.terminate();
      two.link.terminate();
      await listener.stop();
    });
  });
}
