/**
 * Telling our nodes from Python ones, also those that offer no extension: the one free text of the handshake says it.
 * Deviation D-10: `canopy_version` carries build metadata. It is unsigned and decides nothing but whether a peer can
 * show a text of `POST /p2p/send`, and whether it is counted on to pass content on whatever its relay policy.
 */

const MARK = '+ts';

/** The version this program shows to peers. */
export function ourVersion(version: string): string {
  return `${version}${MARK}`;
}

/** Whether a peer's version is one of ours. */
export function isOurVersion(version: string | null | undefined): boolean {
  return version?.endsWith(MARK) ?? false;
}
