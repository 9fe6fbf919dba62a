/**
 * Answers to what never becomes a request: text that is no HTTP, headers too large or too slow, an `Expect` nobody
 * here fulfils. They look like all other errors (04 section 1.4), without a word from the parser.
 */
import { STATUS_CODES, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorAnswer, ApiError, type ErrorCode } from './errors.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
};

/** For the server's event `clientError`. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  // The client is gone, or an answer is under way: another one in its middle would be taken for a part of it.
  if (error.code === 'ECONNRESET' || !socket.writable || answering(socket)) {
    socket.destroy();
    return;
  }
  const { status, body } = errorAnswer(new ApiError(CODES[error.code ?? ''] ?? 'bad_request'));
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  );
}

/** For the server's event `checkExpectation`: `100-continue` is all that can be expected. */
export const refuseExpectation: RequestListener = (_req, res) => {
  const { status, body } = errorAnswer(new ApiError('expectation_failed'));
  const text = JSON.stringify(body);
  res.writeHead(status, {
    Connection: 'close',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  res.end(text);
};

/** Node keeps the answer under way at the socket. */
function answering(socket: Duplex): boolean {
  const answer: unknown = '_httpMessage' in socket ? socket._httpMessage : null;
  return (
    typeof answer === 'object' && answer !== null && 'headersSent' in answer && answer.headersSent === true
  );
}
