/** A lean client on kept connections, so that on two cores it costs little beside the node it measures. */
import { Agent, request } from 'node:http';
import type { NodeProcess } from '../e2e/node-process.ts';

/** Calls routes of one node as its owner. */
export class LeanClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #node: NodeProcess;

  constructor(node: NodeProcess) {
    this.#node = node;
  }

  /** The text of a 2xx answer; `route` is relative to `/api/v1`. */
  call(method: 'GET' | 'POST', route: string, body?: object): Promise<string> {
    const text = body === undefined ? null : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#node.port,
          method,
          path: `/api/v1${route}`,
          headers: {
            'X-API-Key': this.#node.key,
            ...(text === null
              ? {}
              : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
          },
        },
        (answer) => {
          let received = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => (received += chunk));
          answer.on('end', () =>
            (answer.statusCode ?? 500) < 300
              ? resolve(received)
              : reject(new Error(`${method} ${route} answered ${answer.statusCode} ${received}`)),
          );
        },
      );
      call.on('error', reject);
      call.end(text ?? undefined);
    });
  }

  /** Posts into #general. */
  post(content: string): Promise<string> {
    return this.call('POST', '/channels/messages', { channel_id: 'general', content });
  }

  close(): void {
    this.#agent.destroy();
  }
}
