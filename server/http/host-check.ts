/**
 * Answers only to names this node goes by, against DNS rebinding (08 section 6): a page of another site can make a
 * browser connect here under its own host name, and would then be same-origin with this node. An address literal
 * cannot be rebound; names are accepted only if they are this machine's or were configured.
 */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ApiError } from './errors.ts';

/** Names accepted besides IP literals and `localhost`. */
export interface HostNames {
  /** The machine's own name, as the operating system reports it. */
  machineName: string;
  /** Hosts this node advertises to others (`--advertise`). */
  advertised: readonly string[];
  /** `CANOPY_ALLOWED_HOSTS`. */
  allowed: readonly string[];
}

/** The host part of a `Host` header or an origin's authority, lower case, without port, brackets and final dot. */
export function hostOf(authority: string): string {
  const text = authority.trim().toLowerCase();
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? '';
  return text.replace(/:\d*$/, '').replace(/\.$/, '');
}

/** Whether a request may name `authority` in its `Host` header. */
export function hostChecker(names: HostNames): (authority: string) => boolean {
  const machine = hostOf(names.machineName);
  const short = machine.split('.', 1)[0] ?? machine;
  const accepted = new Set(['localhost', ...names.advertised.map(hostOf), ...names.allowed.map(hostOf)]);
  for (const name of [machine, short]) {
    if (name === '') continue;
    accepted.add(name);
    if (!name.endsWith('.local')) accepted.add(`${name}.local`);
  }
  return (authority) => {
    const host = hostOf(authority);
    return host !== '' && (isIP(host) !== 0 || accepted.has(host));
  };
}

/** Refuses requests under a foreign host name with 421 and the setting that would allow it. */
export function hostCheck(names: HostNames): RequestHandler {
  const accepts = hostChecker(names);
  return (req, _res, next) => {
    if (!accepts(req.headers.host ?? '')) throw new ApiError('wrong_host');
    next();
  };
}
