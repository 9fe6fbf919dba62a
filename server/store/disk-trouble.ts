/**
 * Telling "the disk took nothing" from a fault of the program. What was to be written is rolled back then, so the node
 * can go on and does what it could not do when there is room again (06 section 3.2, status 6).
 */

/** Codes of SQLite and of the system for a disk that is full or takes nothing. */
const CODES = /^(?:SQLITE_(?:FULL|IOERR\w*)|ENOSPC|EDQUOT|EROFS)$/;

/** Whether `error` says that nothing could be written. */
export function isDiskTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && CODES.test(code)) || isDiskTrouble(error.cause);
}
