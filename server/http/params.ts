/**
 * Reading query parameters and body fields. The reference coerces almost nothing and answers 500 to surprises
 * (04 section 1.5); here a number out of range is clamped, garbage in a list query takes the default (04 D2), and a
 * body field of the wrong type is a 400 that names it.
 */
import type { JsonObject } from './body.ts';
import { ApiError } from './errors.ts';
import { parseTime } from '../store/time.ts';
import {
  isOpaqueId,
  isPeerId,
  type ChannelId,
  type FileId,
  type MessageId,
  type PeerId,
  type UserId,
} from '../wire/ids.ts';

/** Upper bound of `limit` in list calls (04 D2). */
export const MAX_LIMIT = 500;

/** A whole number from the query, clamped; the default for garbage and when absent. */
export function intQuery(
  query: URLSearchParams,
  name: string,
  bounds: { min: number; max: number; default: number },
): number {
  const text = query.get(name)?.trim() ?? '';
  if (!/^[+-]?\d{1,15}$/.test(text)) return bounds.default;
  return Math.min(bounds.max, Math.max(bounds.min, Number(text)));
}

/** `limit` of a list call. */
export function limitQuery(query: URLSearchParams, fallback: number): number {
  return intQuery(query, 'limit', { min: 1, max: MAX_LIMIT, default: fallback });
}

/** `1`, `true`, `yes`, `on`; the default when absent or blank. */
export function boolQuery(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const text = query.get(name)?.trim().toLowerCase() ?? '';
  return text === '' ? fallback : isYes(text);
}

/** `since`: seconds since 1970 or an ISO time, in Unix ms; null when absent or garbage. */
export function sinceQuery(query: URLSearchParams): number | null {
  const text = query.get('since')?.trim() ?? '';
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : parseTime(text);
}

/** Whether a text says yes, as the reference's settings do. */
export function isYes(text: string): boolean {
  return ['1', 'true', 'yes', 'on'].includes(text.trim().toLowerCase());
}

/** Python's truth of a JSON value: what several fields of the reference are tested with. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A string field; undefined when absent or null. @throws {ApiError} `invalid_field` for other types. */
export function stringField(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string')
    throw new ApiError('invalid_field', { error: `${name} must be a string`, fields: { field: name } });
  return value;
}

/** An object field; undefined when absent or null. @throws {ApiError} `invalid_field` for other types. */
export function objectField(body: JsonObject, name: string): Record<string, unknown> | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value))
    throw new ApiError('invalid_field', { error: `${name} must be an object`, fields: { field: name } });
  return value;
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The required field `peer_id` as sent. @throws {ApiError} `peer_id_required` when absent, empty or no string. */
export function peerIdField(body: JsonObject): string {
  const value = body['peer_id'];
  if (typeof value !== 'string' || value.trim() === '') throw new ApiError('peer_id_required');
  return value.trim();
}

/** Text as a peer id, or null when it cannot be one: such a peer is simply unknown. */
export function asPeerId(text: string): PeerId | null {
  return isPeerId(text) ? text : null;
}

/** Path and body ids are opaque; one that cannot be an id matches nothing. */
export function asUserId(text: string): UserId | null {
  return isOpaqueId(text) ? (text as UserId) : null;
}
export function asChannelId(text: string): ChannelId | null {
  return isOpaqueId(text) ? (text as ChannelId) : null;
}
export function asMessageId(text: string): MessageId | null {
  return isOpaqueId(text) ? (text as MessageId) : null;
}
export function asFileId(text: string): FileId | null {
  return isOpaqueId(text) ? (text as FileId) : null;
}
