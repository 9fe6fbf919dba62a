/** Bringing a database into this node (04 section 6.3, 05 section 10.15, K-2). */
import { errorFromAnswer } from '../api/client.ts';
import { api } from './session.ts';

/** Where a copy of the database is downloaded from. */
export const EXPORT_ADDRESS = '/ajax/database_export';
const IMPORT_ADDRESS = '/ajax/database_import';
/** What the owner types, since the messages of today are no longer shown afterwards. */
export const IMPORT_PHRASE = 'IMPORT DATABASE';

/** Gives a file to the node, which checks it and lets it wait for its next start. @throws {ApiError} why it does not. */
export async function importDatabase(file: File, phrase: string): Promise<void> {
  const form = new FormData();
  form.append('confirm_phrase', phrase);
  form.append('database', file, file.name);
  const answer = await fetch(IMPORT_ADDRESS, {
    method: 'POST',
    body: form,
    headers: { Accept: 'application/json', 'X-Canopy-Page': '1', 'X-CSRFToken': api.csrfToken },
  });
  if (!answer.ok) throw errorFromAnswer(answer.status, await answer.json().catch(() => null));
}

/** Keeps the database there is after all. */
export async function forgetImport(): Promise<void> {
  await api.delete(IMPORT_ADDRESS);
}
