/** What can go wrong with libraries, in words for the person who asked. */

/** The stable codes. */
export type LibraryErrorCode =
  | 'library_not_found'
  | 'ticket_not_found'
  | 'member_not_found'
  | 'asset_not_in_library'
  | 'not_library_owner'
  | 'library_read_only'
  | 'invalid_ticket'
  | 'expired_ticket'
  | 'close_required'
  | 'library_not_active'
  | 'meeting_library'
  | 'other_library_owner'
  | 'filter_matches_all'
  | 'library_too_large';

export class LibraryError extends Error {
  override readonly name = 'LibraryError';
  readonly code: LibraryErrorCode;
  constructor(code: LibraryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
