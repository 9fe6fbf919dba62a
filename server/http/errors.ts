/**
 * Errors as clients see them. Handlers throw `ApiError`; rules of the workspace throw `WorkspaceError`, whose code is
 * looked up in the same table (`error-table.ts`); what nobody foresaw becomes 500 without a word about the cause.
 */
import { ERROR_TABLE, type ErrorRow } from './error-table.ts';
import { AssetError } from '../libraries/assets/errors.ts';
import { WorkspaceError } from '../workspace/errors.ts';

/** The stable codes a client can meet. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Fields that replace or join those of the table row. */
export interface ErrorDetails {
  /** Replaces the row's `error` text where the reference names a value in it. */
  error?: string;
  message?: string;
  /** Further fields of the body, such as `status` or `reason`. */
  fields?: Record<string, unknown>;
  /** Response headers, such as `Retry-After`. */
  headers?: Record<string, string>;
}

/** An error a client is meant to see. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.error ?? ERROR_TABLE[code].error);
    this.code = code;
    this.details = details;
  }
}

/** A finished error answer. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_TABLE, code);
}

function fromTable(code: ErrorCode, details: ErrorDetails): ErrorAnswer {
  const row: ErrorRow = ERROR_TABLE[code];
  const message = details.message ?? row.message;
  return {
    status: row.status,
    headers: details.headers ?? {},
    body: {
      error: details.error ?? row.error,
      ...(message === undefined ? {} : { message }),
      code,
      ...(row.hint === undefined ? {} : { hint: row.hint }),
      ...details.fields,
    },
  };
}

/**
 * The answer for anything thrown while a request was handled. Errors of the workspace keep their own code; what
 * nobody foresaw becomes 500 without a word about the cause (the log has it).
 */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) return fromTable(error.code, error.details);
  if (error instanceof WorkspaceError) return workspaceAnswer(error);
  if (error instanceof AssetError)
    return fromTable(error.code, {
      error: error.message,
      ...(error.field === undefined ? {} : { fields: { field: error.field } }),
    });
  const framework = frameworkCode(error);
  return fromTable(framework ?? 'internal_error', {});
}

/** Rules whose sentence says more than the table: which password rule, which name, which type of file. */
const OWN_WORDS: ReadonlySet<string> = new Set<ErrorCode>([
  'weak_password',
  'password_too_long',
  'username_taken',
  'username_required',
  'invalid_username',
  'invalid_display_name',
  'invalid_permission',
  'invalid_expiry',
  'invalid_key_name',
  'key_exceeds_caller',
  'account_inactive',
  'invalid_channel_type',
  'file_too_large',
  'file_type_not_allowed',
  'file_content_mismatch',
  'file_extension_mismatch',
  'file_module_refused',
  'file_archive_refused',
  'file_not_text',
  'file_active_content',
]);

function workspaceAnswer(error: WorkspaceError): ErrorAnswer {
  const fields: Record<string, unknown> = {};
  if (error.field !== undefined) fields['field'] = error.field;
  if (error.status !== undefined) fields['status'] = error.status;
  if (error.reason !== undefined) fields['reason'] = error.reason;
  if (error.violations !== undefined) fields['violations'] = error.violations;
  if (isKnown(error.code))
    return fromTable(error.code, OWN_WORDS.has(error.code) ? { error: error.message, fields } : { fields });
  return { status: 400, headers: {}, body: { error: error.message, code: error.code, ...fields } };
}

/** Errors of the body reader and the router carry an HTTP status; only these few are expected. */
function frameworkCode(error: unknown): ErrorCode | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  switch (error.status) {
    case 400:
      return 'bad_request';
    case 413:
      return 'body_too_large';
    case 415:
      return 'unsupported_media_type';
    default:
      return null;
  }
}
