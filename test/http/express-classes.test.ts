/** Express gets the requests and answers it would make of node's own, without making them. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import express from 'express';
import { expressClasses } from '../../server/http/express-classes.ts';

const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Whether `app` leaves the prototypes of what `server` hands it as they are. */
function keepsPrototypes(app: Handler, seen: boolean[]): Handler {
  return (req, res) => {
    const before: unknown[] = [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];
    app(req, res);
    seen.push(before[0] === Object.getPrototypeOf(req) && before[1] === Object.getPrototypeOf(res));
  };
}

test('Express leaves the prototypes of its own requests and answers alone, and they can all that others can', async () => {
  const app = express();
  app.use(
    (req, res) => void res.status(201).send(`${req.path} ${String(req.is('json'))} ${req.app === app}`),
  );
  const foreign: boolean[] = [];
  const own: boolean[] = [];
  const plain = await listen(createServer(keepsPrototypes(app, foreign)));
  const before = await fetch(`${plain}/a?b`);
  const ours = await listen(createServer(expressClasses(app), keepsPrototypes(app, own)));
  const after = await fetch(`${ours}/a?b`);
  const still = await fetch(`${plain}/a?b`);
  assert.deepEqual(foreign, [false, false]);
  assert.deepEqual(own, [true]);
  const texts = await Promise.all([before, after, still].map((answer) => answer.text()));
  assert.deepEqual(texts, ['/a null true', '/a null true', '/a null true']);
  assert.deepEqual([before.status, after.status, still.status], [201, 201, 201]);
});
