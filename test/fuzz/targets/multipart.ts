/** Uploads: the first line is the content type, the rest the body, which comes in pieces. */
import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express from 'express';
import { ApiError, errorAnswer } from '../../../server/http/errors.ts';
import { receiveFile } from '../../../server/http/upload.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import type { UserId } from '../../../server/wire/ids.ts';
import { Changes } from '../../../server/workspace/changes.ts';
import { WorkspaceError } from '../../../server/workspace/errors.ts';
import { Uploads } from '../../../server/workspace/uploads.ts';
import { MemoryFileBytes } from '../../sim/memory-bytes.ts';
import { TestPorts, memoryStore } from '../../store/support.ts';
import type { Target } from '../fuzzer.ts';

const UPLOADER = 'user_fuzz' as UserId;
/** No input is longer, so no file that comes of one is. */
const MOST_BYTES = 65_536;

/** Timers that do not wait: a commit follows at once. */
class SwiftPorts extends TestPorts {
  override readonly timers = {
    after: (_ms: number, task: () => void) => {
      queueMicrotask(task);
      return { cancel: () => undefined };
    },
    every: () => ({ cancel: () => undefined }),
  };
}

const { store, rows, ports } = memoryStore(new SwiftPorts());
store.sql.run(`INSERT INTO users (id, username, public_key) VALUES ('${UPLOADER}', 'fuzz', '')`);
const bytes = new MemoryFileBytes();
const changes = new Changes({ commit: store.commit, bus: new EventBus(assert.ifError) });
const uploads = new Uploads({ bytes, rows: rows.files, changes, clock: ports.clock, random: ports.random });

const part = (headers: string, data: string): string => `--b\r\n${headers}\r\n\r\n${data}\r\n`;
const form = (...parts: string[]): string => `multipart/form-data; boundary=b\n${parts.join('')}--b--\r\n`;
const file = (name: string, type: string): string =>
  `Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`;

export const target: Target = {
  seeds: () => [
    form(part(file('a.txt', 'text/plain'), 'hello')),
    form(
      part('Content-Disposition: form-data; name="x"', '1'),
      part(file('a.svg', 'image/svg+xml'), '<svg></svg>'),
    ),
    form(part(file('a.canopy-module.html', 'text/html'), '<!doctype html><a href="#x">x</a>')),
    form(part(`${file('a.json', 'application/json')}\r\nContent-Transfer-Encoding: base64`, '{"a":[1]}')),
    form(part("Content-Disposition: form-data; name=file; filename*=UTF-8''%e2%82%ac.csv", 'a,b\n1,2')),
    form(part(file('', 'text/plain'), 'x')),
    'multipart/form-data; boundary="b c"\n--b c\r\nContent-Disposition: form-data; name="file"; filename=a\r\n\r\nx\r\n--b c--',
    'application/json\n{"filename":"a.txt","content_type":"text/plain","data":"aGVsbG8="}',
    'application/json\n{"x":{"data":["data"]},"d\\u0061ta":"aGVs\\/G8=","filename":"a"}',
    'application/json\n{"data":null}',
  ],
  refusals: [ApiError, WorkspaceError],
  async run(input) {
    const end = input.indexOf('\n');
    const type = end < 0 ? input : input.slice(0, end);
    const body = Buffer.from(end < 0 ? '' : input.slice(end + 1));
    const req = new IncomingMessage(new Socket());
    Object.setPrototypeOf(req, express.request);
    // As the server would hand it in: headers are Latin-1 without control characters.
    req.headers = {
      'content-type': type.replace(/[^\x20-\xff]/g, ''),
      'content-length': String(body.length),
    };
    const step = 1 + (body.length % 97);
    for (let at = 0; at < body.length; at += step) req.push(body.subarray(at, at + step));
    req.complete = true;
    req.push(null);
    const before = bytes.kept.size;
    try {
      const { upload, claimed } = await receiveFile(
        { files: uploads },
        req as express.Request,
        new ServerResponse(req) as express.Response,
      );
      const kept = await upload.finish(claimed, UPLOADER);
      assert.ok(kept.size > 0 && kept.size <= MOST_BYTES);
      assert.equal(bytes.kept.get(kept.filePath)?.length, kept.size);
      assert.match(kept.filePath, /^[a-z]+\/F[0-9a-f]{24}(\.[^/\\]+)?$/);
      bytes.kept.clear();
    } catch (error) {
      const { status, body: answer } = errorAnswer(error);
      assert.ok(status >= 400 && status < 500, String(error));
      assert.match(String(answer['code']), /^[a-z0-9_]+$/);
      assert.equal(bytes.kept.size, before);
      throw error;
    } finally {
      assert.equal(bytes.coming.size, 0, 'a piece of a file was left');
    }
  },
};
