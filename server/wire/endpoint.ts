/**
 * Mesh endpoints: reading, canonical form, and the lists of them that peers hand over (01 section 2.4).
 *
 * Two nodes must agree on these texts byte for byte, so this follows the reference's rules and not those of
 * WHATWG URLs, which treat default ports, IDNA, percent signs and backslashes differently.
 */
import type { Endpoint } from './ids.ts';

/** Longest text looked at. A host name has at most 253 characters; the rest is room for a path that is dropped. */
export const MAX_ENDPOINT_LENGTH = 2048;

/** The parts of an endpoint. `host` is without brackets, lower-case except for an IPv6 zone. */
export interface ParsedEndpoint {
  host: string;
  port: number;
  scheme: 'ws' | 'wss';
}

// What Python takes for white space; `trim` of JavaScript differs at U+001C to U+001F, U+0085 and U+FEFF.
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const IS_SPACE = new RegExp(`[${SPACE}]`);

/** `text` without white space at both ends, by Python's definition (01 section 2.4). */
export function pyStrip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && IS_SPACE.test(text.charAt(start))) start += 1;
  while (end > start && IS_SPACE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** `text` without any white space, by the same definition. */
export function withoutSpace(text: string): string {
  return text.replace(new RegExp(`[${SPACE}]`, 'g'), '');
}

/**
 * Reads an endpoint such as `ws://host:7771`, `host:7771` or `wss://[2001:db8::1]`. A missing scheme means `ws`
 * and then the port is required; otherwise 80 and 443 are the default ports. Userinfo, path, query and fragment
 * are dropped. Host names are not validated.
 * @returns `null` for anything else.
 */
export function parseEndpoint(input: string): ParsedEndpoint | null {
  if (input.length > MAX_ENDPOINT_LENGTH) return null;
  const text = pyStrip(input);
  const explicit = text.includes('://');
  const [scheme, netloc] = splitScheme((explicit ? text : `ws://${text}`).replace(/[\t\r\n]/g, ''));
  if ((scheme !== 'ws' && scheme !== 'wss') || netloc === null || normalisesToDelimiter(netloc)) return null;
  const parts = splitNetloc(netloc);
  if (parts === null || parts.host === '') return null;
  let port = explicit ? (scheme === 'wss' ? 443 : 80) : 0;
  if (parts.port !== '') {
    if (!/^[0-9]+$/.test(parts.port)) return null;
    port = Number(parts.port);
  }
  return port >= 1 && port <= 65535 ? { host: lowerHost(parts.host), port, scheme } : null;
}

/** `scheme://host:port`; the port always written, an IPv6 host in brackets. */
export function formatEndpoint({ host, port, scheme }: ParsedEndpoint): string {
  return `${scheme}://${formatHost(host)}:${port}`;
}

/** `host` as it stands in an endpoint: without outer white space, in brackets if it is an IPv6 address. */
export function formatHost(host: string): string {
  const bare = pyStrip(host);
  return bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare;
}

/**
 * Canonical form without a rule against loopback, for bookkeeping and reconnecting.
 * @returns `null` for what is no endpoint, and for what would not read back as the same endpoint.
 */
export function managerCanonical(input: unknown): Endpoint | null {
  if (typeof input !== 'string') return null;
  const parsed = parseEndpoint(input);
  if (parsed === null) return null;
  const text = formatEndpoint(parsed);
  const again = parseEndpoint(text);
  return again !== null && formatEndpoint(again) === text ? (text as Endpoint) : null;
}

/** Whether the host of `endpoint` means the machine it is used on (the reference's rule: a text prefix). */
export function isLoopback(endpoint: Endpoint): boolean {
  const host = parseEndpoint(endpoint)?.host ?? '';
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * Canonical form of an endpoint that others are to dial. `0.0.0.0` is never usable; `localhost` and `127.…` only
 * with `allowLoopback`, for several nodes on one machine.
 * @returns `null` when it is not usable.
 */
export function inviteCanonical(input: unknown, options: { allowLoopback?: boolean } = {}): Endpoint | null {
  const endpoint = managerCanonical(input);
  if (endpoint === null) return null;
  const host = parseEndpoint(endpoint)?.host ?? '';
  if (host === '0.0.0.0') return null;
  // Deviation D-05: loopback counts where a node is bound to it.
  const local = host === 'localhost' || host.startsWith('127.');
  return local && options.allowLoopback !== true ? null : endpoint;
}

/** Canonical forms of the usable endpoints another peer gave, without duplicates, in order. */
export function sanitizeRemote(
  list: readonly unknown[],
  options: { allowLoopback?: boolean } = {},
): Endpoint[] {
  return unique(list.map((item) => inviteCanonical(item, options)));
}

/** Canonical forms of this node's own endpoints, without duplicates, in order. */
export function sanitizeOwn(list: readonly unknown[]): Endpoint[] {
  return unique(list.map(managerCanonical));
}

function unique(list: readonly (Endpoint | null)[]): Endpoint[] {
  return [...new Set(list.filter((endpoint) => endpoint !== null))];
}

/** Splits `scheme://netloc/…`; the netloc is `null` when there is no authority part. */
function splitScheme(text: string): [scheme: string, netloc: string | null] {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  const rest = scheme === undefined ? text : text.slice(scheme.length + 1);
  if (!rest.startsWith('//')) return [scheme ?? 'ws', null];
  const end = rest.slice(2).search(/[/?#]/);
  return [(scheme ?? 'ws').toLowerCase(), end < 0 ? rest.slice(2) : rest.slice(2, 2 + end)];
}

/** Host and port text of a netloc; `null` when brackets are misplaced or do not hold an IPv6 address. */
function splitNetloc(netloc: string): { host: string; port: string } | null {
  const hostinfo = netloc.slice(netloc.lastIndexOf('@') + 1);
  if (!netloc.includes('[') && !netloc.includes(']')) {
    const [host, port] = cut(hostinfo, ':');
    return { host, port };
  }
  if (!hostinfo.startsWith('[') || !hostinfo.includes(']')) return null;
  const [host, tail] = cut(hostinfo.slice(1), ']');
  if ((tail !== '' && !tail.startsWith(':')) || !isBracketedHost(host)) return null;
  return { host, port: tail.slice(1) };
}

function cut(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function lowerHost(host: string): string {
  const [name] = cut(host, '%');
  return name.toLowerCase() + host.slice(name.length);
}

/** Some characters turn into delimiters under NFKC (such as U+2100); the reference refuses them. */
function normalisesToDelimiter(netloc: string): boolean {
  const bare = netloc.replace(/[@:]/g, '');
  const normal = bare.normalize('NFKC');
  return normal !== bare && /[/?#@:]/.test(normal);
}

function isBracketedHost(host: string): boolean {
  if (host.startsWith('v')) return /^v[0-9A-Fa-f]+\.[^]+$/.test(host);
  const [address, zone] = cut(host, '%');
  if (host.includes('%') && (zone === '' || zone.includes('%'))) return false;
  return isIPv6(address);
}

/** Strict RFC 4291 text form; own code because the rules of libraries differ in corners from the reference's. */
function isIPv6(text: string): boolean {
  const parts = text.split(':');
  if (parts.length < 3) return false;
  if (parts.at(-1)?.includes('.')) {
    if (!isIPv4(parts.pop() ?? '')) return false;
    parts.push('0', '0');
  }
  if (parts.length > 9 || !parts.every((part) => /^[0-9A-Fa-f]{0,4}$/.test(part))) return false;
  const gaps = parts.slice(1, -1).filter((part) => part === '').length;
  if (gaps === 0) return parts.length === 8 && parts[0] !== '' && parts.at(-1) !== '';
  if (gaps > 1) return false;
  const gap = parts.indexOf('', 1);
  const before = parts[0] === '' ? gap - 1 : gap;
  const after = parts.length - gap - 1 - (parts.at(-1) === '' ? 1 : 0);
  if ((parts[0] === '' && before > 0) || (parts.at(-1) === '' && after > 0)) return false;
  return before + after < 8;
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  );
}
