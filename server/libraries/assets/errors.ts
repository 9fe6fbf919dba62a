/** What the asset store refuses, and why (07 section 1). */

/** Stable; `http/error-table.ts` gives each its status and text. */
export type AssetErrorCode =
  | 'asset_not_found'
  | 'asset_too_large'
  | 'asset_busy'
  | 'asset_field_invalid'
  | 'asset_meta_too_large'
  | 'disk_full'
  | 'no_thumbnail';

export class AssetError extends Error {
  override readonly name = 'AssetError';
  readonly code: AssetErrorCode;
  /** The field it is about. */
  readonly field: string | undefined;

  /** @param message one sentence for people. */
  constructor(code: AssetErrorCode, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

/** Bytes that are not those of the hash they were given for. */
export class WrongBytesError extends Error {
  override readonly name = 'WrongBytesError';
  readonly code = 'wrong_bytes';
  constructor() {
    super('the bytes are not those of their hash');
  }
}
