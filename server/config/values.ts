/**
 * How texts of flags, variables and the file become values. Each kind is a zod schema with a sentence that says
 * what is allowed; the sentence ends the error line of a value that is not.
 */
import ipaddr from 'ipaddr.js';
import * as z from 'zod';

/** A kind of value. */
export interface Kind<T> {
  readonly schema: z.ZodType<T, string>;
  /** Completes "allowed: …". */
  readonly allowed: string;
}

/** The largest TCP port. */
const MAX_PORT = 65_535;
/** Longest DNS name (RFC 1035). */
const MAX_HOST_LENGTH = 253;
/** More addresses than a machine announces; a longer list is a mistake in quoting. */
const MAX_LIST_ITEMS = 64;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const TRUE_WORDS = new Set(['1', 'true', 'yes', 'on']);
const FALSE_WORDS = new Set(['0', 'false', 'no', 'off']);

/** Free text, trimmed. */
export const text: Kind<string> = { schema: z.string().trim().min(1), allowed: 'a text that is not empty' };

/** A path; relative ones are resolved against the working directory where they are used. */
export const filePath: Kind<string> = {
  schema: z
    .string()
    .min(1)
    .refine((value) => !value.includes('\0')),
  allowed: 'a path',
};

/** `1 true yes on` or `0 false no off`, any case. */
export const bool: Kind<boolean> = {
  schema: z
    .string()
    .trim()
    .toLowerCase()
    .refine((value) => TRUE_WORDS.has(value) || FALSE_WORDS.has(value))
    .transform((value) => TRUE_WORDS.has(value)),
  allowed: '1, true, yes, on or 0, false, no, off',
};

/** A TCP port. */
export const port: Kind<number> = {
  schema: whole(0, MAX_PORT),
  allowed: `a whole number from 0 to ${MAX_PORT} (0 takes a free port)`,
};

/** A whole number; one below `least` counts as `least` where the reference says so. */
export function wholeNumber(
  least: number,
  most: number,
  belowLeast: 'error' | 'least' = 'error',
): Kind<number> {
  if (belowLeast === 'error')
    return { schema: whole(least, most), allowed: `a whole number from ${least} to ${most}` };
  return {
    schema: whole(0, most).transform((value) => Math.max(least, value)),
    allowed: `a whole number up to ${most}; less than ${least} counts as ${least}`,
  };
}

/** One of the given words, any case. */
export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    schema: z.string().trim().toLowerCase().pipe(z.enum(words)),
    allowed: words.join(', '),
  };
}

/** An address to bind to or a name that leads to one. IPv6 with or without brackets. */
export const host: Kind<string> = {
  schema: z.string().trim().transform(withoutBrackets).refine(isHost),
  allowed: 'an IP address or a host name, without scheme, port or path',
};

/** An address and port to listen on, such as `127.0.0.1:3213`. */
export const listenAddress: Kind<{ readonly host: string; readonly port: number }> = {
  schema: z
    .string()
    .trim()
    .transform((value) => /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(value))
    .transform((match) => ({ host: withoutBrackets(match?.[1] ?? ''), port: Number(match?.[2] ?? -1) }))
    .refine(({ host: name, port: number }) => isHost(name) && number >= 0 && number <= MAX_PORT),
  allowed: 'an address and a port, such as 127.0.0.1:3213',
};

/** The address of an HTTP interface, without a slash at the end. */
export const httpUrl: Kind<string> = {
  schema: z
    .string()
    .trim()
    .refine((value) => {
      const url = parsedUrl(value);
      const isBare = url !== null && url.username + url.password + url.search + url.hash === '';
      return isBare && /^https?:$/.test(url.protocol);
    })
    .transform((value) => value.replace(/\/+$/, '')),
  allowed: 'an http:// or https:// address without user, query and fragment',
};

/** Origins of pages separated by commas, such as `http://localhost:5173`. */
export const originList: Kind<readonly string[]> = {
  schema: list().refine((origins) => origins.every((origin) => parsedUrl(origin)?.origin === origin)),
  allowed: 'origins such as http://localhost:5173, separated by commas',
};

/** A JSON object. */
export const jsonObject: Kind<string> = {
  schema: z.string().refine((value) => {
    try {
      const parsed: unknown = JSON.parse(value);
      return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    } catch {
      return false;
    }
  }),
  allowed: 'a JSON object',
};

/** A text that is kept as it is. */
export function secretText(least: number): Kind<string> {
  return {
    schema: z.string().refine((value) => [...value].length >= least),
    allowed: `at least ${least} characters`,
  };
}

/** Hosts separated by commas. */
export const hostList: Kind<readonly string[]> = {
  schema: list().refine((hosts) => hosts.every((item) => isHost(item))),
  allowed: 'IP addresses or host names separated by commas, without scheme, port or path',
};

/** Some of the given words, separated by commas; `all` means every one of them (null), `none` none. */
export function someOf(words: readonly string[]): Kind<readonly string[] | null> {
  return {
    schema: list()
      .transform((chosen) => chosen.map((word) => word.toLowerCase()))
      .transform((chosen) => {
        if (chosen.length === 1 && chosen[0] === 'all') return null;
        return chosen.length === 1 && chosen[0] === 'none' ? [] : chosen;
      })
      .refine((chosen) => chosen === null || chosen.every((word) => words.includes(word))),
    allowed: `all, none, or some of ${words.join(', ')}, separated by commas`,
  };
}

/** Whether a host to bind to is reachable from this machine only. */
export function isLoopbackHost(value: string): boolean {
  if (value.toLowerCase() === 'localhost') return true;
  return ipaddr.isValid(value) && ipaddr.process(value).range() === 'loopback';
}

function whole(least: number, most: number) {
  return z
    .string()
    .trim()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);
}

function list() {
  return z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((item) => withoutBrackets(item.trim()))
        .filter((item) => item !== ''),
    )
    .refine((items) => items.length > 0 && items.length <= MAX_LIST_ITEMS);
}

function parsedUrl(value: string): URL | null {
  try {
    return new URL(value);
  } catch {
    return null;
  }
}

function withoutBrackets(value: string): string {
  return value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
}

function isHost(value: string): boolean {
  return value.length <= MAX_HOST_LENGTH && (ipaddr.isValid(value) || HOST_NAME.test(value));
}
