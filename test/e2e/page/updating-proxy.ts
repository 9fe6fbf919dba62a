/** Stands between a browser and a node and, when told to, gives the page's first script another name: as a newer build would. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const SCRIPT = /\/assets\/index-[\w-]+\.js/gu;
const NEWER = '/assets/index-newer000.js';

export class UpdatingProxy {
  readonly #target: () => string;
  readonly #server = createServer((req, res) => this.#pass(req, res));
  #original = '';
  updated = false;

  constructor(target: () => string) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #pass(req: IncomingMessage, res: ServerResponse): void {
    const path = req.url === NEWER ? this.#original : (req.url ?? '/');
    const { 'accept-encoding': _encoding, 'if-none-match': _known, ...headers } = req.headers;
    const onward = request(`${this.#target()}${path}`, { method: req.method, headers }, (answer) => {
      const type = answer.headers['content-type'] ?? '';
      const { 'content-length': _length, ...kept } = answer.headers;
      const rewritten = /html|event-stream/u.test(type);
      res.writeHead(answer.statusCode ?? 502, rewritten ? kept : answer.headers);
      answer.on('error', () => res.destroy());
      if (!rewritten) return answer.pipe(res);
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => res.write(this.#renamed(text)));
      return answer.on('end', () => res.end());
    });
    // The node is away.
    onward.on('error', () => res.destroy());
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  }

  #renamed(text: string): string {
    return text.replace(SCRIPT, (name) => {
      this.#original = name;
      return this.updated ? NEWER : name;
    });
  }
}
