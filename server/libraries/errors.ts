/** What can go wrong with libraries, in words for the person who asked. `code` is stable. */

const STATUS = {
  library_not_found: 404,
  ticket_not_found: 404,
  member_not_found: 404,
  asset_not_in_library: 404,
  not_owner: 403,
  read_only: 403,
  invalid_library: 400,
  invalid_ticket: 400,
  expired_ticket: 400,
  close_required: 409,
  not_active: 409,
  meeting_library: 409,
  other_owner: 409,
  filter_matches_all: 409,
  too_large: 413,
} as const;

export type LibraryErrorCode = keyof typeof STATUS;

export class LibraryError extends Error {
  override readonly name = 'LibraryError';
  readonly code: LibraryErrorCode;
  /** Of an HTTP answer. */
  readonly status: number;
  constructor(code: LibraryErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }
}
