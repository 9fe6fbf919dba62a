/** Requests sent exactly as recorded: no header is added that is not in the exchange. */
import http from 'node:http';

/** Longest wait for an answer or, of a stream, for its first piece. */
const ANSWER_LIMIT_MS = 30_000;

export interface Outgoing {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | Buffer | null;
}

export interface Incoming {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/** Sends a request to `127.0.0.1:port`. An event stream is cut after its first piece. */
export function send(port: number, request: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const names = Object.keys(request.headers).map((name) => name.toLowerCase());
    // A length that is announced and never sent: the answer has to come before the body.
    const withheld = names.includes('content-length');
    const length =
      request.body === null || withheld ? {} : { 'Content-Length': Buffer.byteLength(request.body) };
    const outgoing = http.request(
      {
        host: '127.0.0.1',
        port,
        method: request.method,
        path: request.path,
        agent: false,
        headers: { ...request.headers, ...length },
      },
      (response) => {
        const pieces: Buffer[] = [];
        const done = (): void => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(pieces).toString(),
          });
        };
        const stream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
        response.on('data', (piece: Buffer) => {
          pieces.push(piece);
          if (!stream) return;
          done();
          outgoing.destroy();
        });
        response.on('end', () => {
          done();
          if (withheld) outgoing.destroy();
        });
        response.on('error', () => done());
      },
    );
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer to ${request.method} ${request.path}`)),
      ANSWER_LIMIT_MS,
    );
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    if (request.body !== null) outgoing.write(request.body);
    if (!withheld) outgoing.end();
  });
}

const BOUNDARY = 'canopy-vector-boundary';

/** A part of a recorded form upload. */
export interface Part {
  name: string;
  filename?: string | undefined;
  content_type?: string | undefined;
  data?: string | undefined;
  data_base64?: string | undefined;
}

/** A form upload as bytes, with its content type. */
export function multipart(parts: readonly Part[]): { type: string; body: Buffer } {
  const pieces = parts.flatMap((part) => {
    const filename = part.filename === undefined ? '' : `; filename="${part.filename}"`;
    const type = part.content_type === undefined ? '' : `Content-Type: ${part.content_type}\r\n`;
    const data =
      part.data_base64 === undefined ? Buffer.from(part.data ?? '') : Buffer.from(part.data_base64, 'base64');
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${part.name}"${filename}\r\n${type}\r\n`;
    return [Buffer.from(head), data, Buffer.from('\r\n')];
  });
  return {
    type: `multipart/form-data; boundary=${BOUNDARY}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  };
}
