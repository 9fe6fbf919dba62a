/** What handlers answer. */

/** A body whose JSON is written, once for many answers, and perhaps compressed. */
export class WrittenJson {
  readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  static of(body: object): WrittenJson {
    return body instanceof WrittenJson ? body : new WrittenJson(Buffer.from(JSON.stringify(body)));
  }
}

/** What a handler answers: JSON unless it took the response over (event streams). */
export interface Answer {
  status: number;
  body: object | WrittenJson;
  headers?: Record<string, string>;
}

/** 200 with a JSON object. */
export function ok(body: object): Answer {
  return { status: 200, body };
}
