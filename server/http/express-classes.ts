/**
 * Requests and answers that are Express's from the first moment. Express takes what node:http made and exchanges its
 * prototype, after which every use of the object is slow: together more than node:http itself needs for a small
 * answer. Here node:http makes the objects with the prototypes of the application, so nothing is left to exchange.
 */
import { IncomingMessage, ServerResponse, type ServerOptions } from 'node:http';
import type { Express } from 'express';

/** What `createServer` makes requests and answers with. */
export type ServerClasses = Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>;

/**
 * Classes for `createServer`; `app` knows its own requests by them from now on, and serves others as before.
 */
export function expressClasses(app: Express): ServerClasses {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
