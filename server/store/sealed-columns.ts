/**
 * The columns that are ciphertext in the mode `full` of a directory and clear text in `reference` (03 section 2.6). Each
 * says how its row is called: a stored value opens in that row and column alone. Add a column here, read and write it
 * through {@link Vault.field}, and moving between the modes takes it along.
 */

/** How one column is sealed. */
export interface SealedColumn {
  /** SQL for the name of the row: a key that never changes. */
  readonly row: string;
  /**
   * For JSON that statements look into: what stays readable beside the ciphertext. `keys` of an object as they are;
   * `ids` of the entries of the list itself, or of the lists under `lists`. Absent: nothing does.
   */
  readonly clear?: {
    readonly keys?: readonly string[];
    readonly lists?: readonly string[];
    readonly ids: readonly string[];
    /** The column of the same row whose text may name files, which stay readable, too. */
    readonly linkedBy?: string;
  };
}

/** Keys of an attachment that name a file; access to the file depends on them (03 section 10.4). */
const FILE_IDS = ['id', 'file_id', 'origin_file_id', 'remote_file_id'] as const;

const COLUMNS = {
  'channel_messages.content': { row: 'id' },
  'channel_messages.attachments': { row: 'id', clear: { ids: FILE_IDS, linkedBy: 'content' } },
  'channel_messages.source_reference': { row: 'id' },
  'channel_messages.source_layout': { row: 'id' },
  'channel_keys.key_material_enc': { row: "channel_id || ' ' || key_id" },
  'messages.metadata': {
    row: 'id',
    clear: {
      keys: ['group_id', 'group_members', 'is_group', 'reply_to'],
      lists: ['attachments'],
      ids: FILE_IDS,
    },
  },
  'feed_posts.metadata': { row: 'id', clear: { lists: ['attachments'], ids: FILE_IDS, linkedBy: 'content' } },
  'feed_posts.tags': { row: 'id' },
  'comments.content': { row: 'id' },
  'workspace_events.payload_json': { row: 'event_id' },
  'mention_events.preview': { row: 'id' },
  'mention_events.metadata': { row: 'id' },
  'agent_inbox.payload_json': { row: 'id' },
  'agent_inbox.completion_ref_json': { row: 'id' },
  'agent_inbox.last_completion_ref_json': { row: 'id' },
  'users.bio': { row: 'id' },
  'peer_device_profiles.description': { row: 'peer_id' },
  'peer_device_profiles.avatar_b64': { row: 'peer_id' },
  'files.original_name': { row: 'id' },
  'remote_attachment_transfers.file_name': { row: "origin_peer_id || ' ' || origin_file_id" },
  'user_bookmarks.title': { row: 'id' },
  'user_bookmarks.preview': { row: 'id' },
  'user_bookmarks.snapshot_json': { row: 'id' },
  'user_bookmarks.source_layout_json': { row: 'id' },
  'user_bookmarks.note': { row: 'id' },
  'lib_records.record': { row: "library_id || ' ' || kind || ' ' || key" },
} as const satisfies Record<string, SealedColumn>;

/** `table.column`. */
export type SealedColumnName = keyof typeof COLUMNS;

export const SEALED_COLUMNS: Readonly<Record<SealedColumnName, SealedColumn>> = COLUMNS;
