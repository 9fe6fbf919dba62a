/**
 * Telling our nodes from Python ones. None of the capabilities of 06 is offered yet, so the one free text of the
 * handshake says it: `canopy_version` carries build metadata. It is unsigned and decides nothing but whether a peer can
 * show a text of `POST /p2p/send`.
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
