/** Files that a text names by `/files/<id>` (03 section 10.4). */

const FILE_LINK = /\/files\/([\w-]{1,128})/g;
/** Files of one text that are looked for; no text has as many. */
const MAX_LINKS = 1000;

/** Their ids, once each. Of a text that is ciphertext at rest they stay readable, so that who may read a file is found. */
export function linksIn(text: string): string[] {
  const ids = [...text.matchAll(FILE_LINK)].map(([, id = '']) => id);
  return [...new Set(ids)].slice(0, MAX_LINKS);
}
