/**
 * Somebody on the wire between two nodes, on real sockets: records every message of both directions, and hands on what
 * the attack makes of it.
 */
import type { Link, Listener } from '../../../server/ports/types.ts';
import { websocketTransport } from '../../../server/ports/websocket.ts';

export type Message = string | Uint8Array;
/** Who sent it: the side that dialled, or the one that was dialled. */
export type From = 'dialler' | 'listener';

/** One connection through the middle. */
export interface Wire {
  /** What was sent, as it was sent. */
  sent: Record<From, Message[]>;
  /** How each side's connection was closed. */
  closed: Record<From, number | null>;
  /** Says something to one side in the other's name. */
  say(to: From, message: Message): void;
  /** Cuts both sides. */
  cut(): void;
}

/**
 * What becomes of a message.
 * @param index of the message in its direction, from 0.
 * @returns what is handed on, in order.
 */
export type Tamper = (message: Message, from: From, index: number, wire: Wire) => Message[];

const LIMITS = { maxMessageBytes: 2 ** 25, maxLinks: 100, maxLinksPerAddress: 100 };
const DIAL = { timeoutMs: 2_000, maxMessageBytes: 2 ** 25 };

/** Somebody who lets everything through. */
export const honest: Tamper = (message) => [message];

export class Middle {
  readonly wires: Wire[] = [];
  readonly #target: string;
  readonly #listener: Listener;
  tamper: Tamper;

  private constructor(target: string, tamper: Tamper, listener: Listener) {
    this.#target = target;
    this.tamper = tamper;
    this.#listener = listener;
  }

  /** Sits before the node at `target`. */
  static async before(target: string, tamper: Tamper = honest): Promise<Middle> {
    const waiting: Link[] = [];
    let accept = (link: Link): void => void waiting.push(link);
    const listener = await websocketTransport().listen({ host: '127.0.0.1', port: 0, ...LIMITS }, (link) =>
      accept(link),
    );
    const middle = new Middle(target, tamper, listener);
    accept = (link) => void middle.#join(link);
    return middle;
  }

  /** What is dialled in the place of the node. */
  get endpoint(): string {
    return `ws://127.0.0.1:${this.#listener.port}`;
  }

  /** The newest connection. */
  get wire(): Wire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error('nobody came');
    return wire;
  }

  async stop(): Promise<void> {
    for (const wire of this.wires) wire.cut();
    await this.#listener.stop();
  }

  async #join(dialler: Link): Promise<void> {
    const listener = await websocketTransport().dial(this.#target, DIAL);
    const sides: Record<From, Link> = { dialler, listener };
    const wire: Wire = {
      sent: { dialler: [], listener: [] },
      closed: { dialler: null, listener: null },
      say: (to, message) => void sides[to].send(message).catch(() => undefined),
      cut: () => {
        dialler.terminate();
        listener.terminate();
      },
    };
    this.wires.push(wire);
    for (const [from, to] of [
      ['dialler', 'listener'],
      ['listener', 'dialler'],
    ] as const) {
      const arrived = (message: Message): void => {
        const index = wire.sent[from].push(copyOf(message)) - 1;
        for (const out of this.tamper(copyOf(message), from, index, wire)) wire.say(to, out);
      };
      sides[from].attach({
        message: arrived,
        binary: arrived,
        close: ({ code }) => {
          wire.closed[from] = code;
          sides[to].close(code === 1006 || code === 1005 ? 1000 : code);
        },
      });
    }
  }
}

function copyOf(message: Message): Message {
  return typeof message === 'string' ? message : Uint8Array.from(message);
}
