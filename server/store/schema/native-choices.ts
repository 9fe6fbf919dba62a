/** What somebody chose for a conversation (05 section 10.9, U-3 and U-4). `until` is Unix milliseconds, null for always. */
export const NATIVE_CHOICES_TABLE = `
CREATE TABLE native_conversation_choices (
  user_id TEXT NOT NULL,
  conversation TEXT NOT NULL,
  level TEXT NOT NULL,
  until INTEGER,
  favourite INTEGER NOT NULL,
  PRIMARY KEY (user_id, conversation)
) WITHOUT ROWID;
`;
