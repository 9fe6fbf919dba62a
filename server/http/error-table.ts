/**
 * The one error table of the HTTP surface (04 sections 1.3 to 1.5, and the texts of each route): a stable code, the
 * status, the reference's `error` text, and where it helps a `message` and a `hint` that says what to do.
 */

export interface ErrorRow {
  status: number;
  error: string;
  message?: string;
  hint?: string;
}

const PERMISSION_HINT =
  'Use a key that has the permission this route needs; keys are made on the API Keys page.';
const KEY_HINT = 'Send the key in the X-API-Key header; keys are made on the API Keys page.';
const GOVERNANCE_HINT = 'The owner of this node says which channels this account may use.';
const CHANNEL_HINT = 'An admin of the channel changes it, on the node the channel comes from.';
const MESH_HINT = 'The mesh is switched off or failed to start on this node; see the log.';

export const ERROR_TABLE = {
  // Credentials (04 section 1.3)
  api_key_required: { status: 401, error: 'API key required', hint: KEY_HINT },
  authentication_required: {
    status: 401,
    error: 'Authentication required',
    message: 'Sign in to the web UI or provide X-API-Key',
  },
  key_creation_unauthenticated: {
    status: 401,
    error:
      'Authentication required. Use an API key with MANAGE_KEYS, a logged-in session, or /register for first-time agent bootstrap.',
  },
  insufficient_permissions: {
    status: 403,
    error: 'Invalid or insufficient permissions',
    hint: PERMISSION_HINT,
  },
  key_creation_forbidden: {
    status: 403,
    error: 'Invalid API key or insufficient permissions',
    hint: 'Making keys needs the permission manage_keys (Manage Keys on the API Keys page).',
  },
  key_exceeds_caller: {
    status: 403,
    error: 'Invalid API key or insufficient permissions',
    message: 'A key can only create keys with permissions it has itself.',
  },
  pending_approval: {
    status: 403,
    error: 'Account pending approval',
    hint: 'The owner of this node approves accounts.',
  },
  csrf_failed: {
    status: 403,
    error: 'Forbidden',
    message: 'Insufficient permissions',
    hint: 'Fetch /api/v1/csrf and send its token as X-CSRFToken.',
  },
  cross_site: {
    status: 403,
    error: 'Forbidden',
    message: 'Insufficient permissions',
    hint: 'Requests started by another site are refused.',
  },
  owner_required: { status: 403, error: 'Forbidden: instance owner required on this peer' },
  manage_keys_required: {
    status: 403,
    error: 'Invalid or insufficient permissions',
    hint: 'The owner, or a key with manage_keys, decides this.',
  },
  login_failed: { status: 401, error: 'Invalid username or password' },
  login_incomplete: { status: 400, error: 'Username and password are required' },
  account_inactive: {
    status: 403,
    error: 'Account pending approval',
    hint: 'The owner of this node approves and suspends accounts.',
  },
  setup_done: { status: 409, error: 'Setup is already complete', hint: 'Sign in at /login.' },
  setup_needed: {
    status: 409,
    error: 'This node has no owner yet',
    hint: 'Create the first account at /setup.',
  },
  session_required: { status: 403, error: 'Sign in to the web UI for this' },
  wrong_password: { status: 403, error: 'Current password is incorrect' },
  password_mismatch: { status: 400, error: 'Passwords do not match' },
  password_too_long: { status: 400, error: 'Password is too long' },
  invalid_username: { status: 400, error: 'Invalid username' },
  invalid_display_name: { status: 400, error: 'Invalid display name' },
  invalid_key_name: { status: 400, error: 'Invalid key name' },
  busy: { status: 503, error: 'This node is busy', hint: 'Try again in a moment.' },
  registration_full: { status: 429, error: 'Too many accounts are waiting for approval' },

  // Framework (04 sections 1.4 and 1.5)
  not_found: { status: 404, error: 'Not found', message: 'Resource not found' },
  method_not_allowed: {
    status: 405,
    error: 'Method not allowed',
    hint: 'The Allow header lists the methods of this route.',
  },
  bad_request: {
    status: 400,
    error: 'Bad request',
    message: '400 Bad Request: the request could not be understood.',
  },
  bad_json: { status: 400, error: 'Bad request', message: '400 Bad Request: the body is not valid JSON.' },
  not_an_object: {
    status: 400,
    error: 'Bad request',
    message: '400 Bad Request: the body must be a JSON object.',
  },
  unsupported_media_type: {
    status: 415,
    error: 'Unsupported media type',
    hint: 'Send Content-Type: application/json.',
  },
  body_too_large: {
    status: 413,
    error: 'Request body too large',
    hint: 'JSON bodies may have at most 1 MiB.',
  },
  headers_too_large: { status: 431, error: 'Request header fields too large' },
  request_timeout: { status: 408, error: 'Request timeout' },
  expectation_failed: { status: 417, error: 'Expectation failed' },
  wrong_host: {
    status: 421,
    error: 'Misdirected request',
    message: 'This node does not answer to that host name.',
    hint: 'Use an IP address or localhost, or list the name in CANOPY_ALLOWED_HOSTS.',
  },
  rate_limited: {
    status: 429,
    error: 'Rate limit exceeded',
    message: 'Too many requests',
    hint: 'Wait as long as Retry-After says.',
  },
  internal_error: { status: 500, error: 'Internal server error', message: 'An unexpected error occurred' },
  too_many_streams: {
    status: 503,
    error: 'Too many open event streams',
    hint: 'Close one, or poll GET /api/v1/events.',
  },
  stopping: { status: 503, error: 'This node is stopping' },
  json_required: { status: 400, error: 'JSON data required' },
  invalid_field: { status: 400, error: 'Invalid field' },
  invalid_idempotency_key: {
    status: 400,
    error: 'Invalid Idempotency-Key',
    hint: 'Send 1 to 200 visible ASCII characters, a new key for each creation.',
  },
  idempotency_key_reused: {
    status: 409,
    error: 'This Idempotency-Key was used for another request',
    hint: 'Take a new key for each creation; send the same request to repeat one.',
  },
  idempotency_answer_gone: {
    status: 409,
    error: 'This was created before, and its answer is not kept',
    hint: 'It exists; look for it in the list it belongs to.',
  },

  // Mesh (04 sections 1.4, 3.3 to 3.6)
  // Libraries (07 section 2.1)
  library_not_found: { status: 404, error: 'there is no such library' },
  ticket_not_found: { status: 404, error: 'this library has no such ticket' },
  member_not_found: { status: 404, error: 'nobody of that id is a member' },
  asset_not_in_library: { status: 404, error: 'the asset is not in the library' },
  not_library_owner: { status: 403, error: "only the owner's node can do this" },
  library_read_only: { status: 403, error: 'this node may only read in the library' },
  invalid_ticket: { status: 400, error: 'the ticket is incomplete or damaged' },
  expired_ticket: { status: 400, error: 'the ticket has expired' },
  close_required: { status: 409, error: 'this closes the library for everybody; say ?close=1' },
  library_not_active: { status: 409, error: 'the library is not active' },
  meeting_library: {
    status: 409,
    error: 'who knows the passphrase is in this library; there are no tickets',
  },
  other_library_owner: {
    status: 409,
    error: 'the library is known with another owner, so the ticket was refused',
  },
  filter_matches_all: { status: 409, error: 'an empty filter shares every asset; say "allow_all": true' },
  library_too_large: { status: 413, error: 'name and filter are too large' },
  mesh_not_running: { status: 503, error: 'P2P not running', hint: MESH_HINT },
  mesh_loop_unavailable: { status: 503, error: 'P2P event loop unavailable', hint: MESH_HINT },
  identity_missing: { status: 503, error: 'P2P identity not initialized', hint: MESH_HINT },
  peer_id_required: { status: 400, error: 'peer_id required' },
  invalid_endpoint: {
    status: 400,
    error: 'Invalid external mesh endpoint',
    hint: 'Use ws://host:port or wss://host:port with a host others can reach.',
  },
  invalid_public_host: {
    status: 400,
    error: 'Invalid public host',
    hint: 'public_host is an IP address or a host name, without scheme or port.',
  },
  invalid_public_port: {
    status: 400,
    error: 'Invalid public port',
    hint: 'public_port is a number from 1 to 65535.',
  },
  invite_code_required: { status: 400, error: 'invite_code required' },
  invalid_invite: { status: 400, error: 'Invalid invite code', hint: 'Copy the full canopy:… text.' },
  no_endpoints: {
    status: 400,
    error: 'No known endpoints for this peer',
    hint: 'A peer that only connected to this node left no address to dial; it has to connect again, or import its code.',
  },
  unreachable: { status: 502, error: 'Could not connect to any endpoint' },
  not_introduced: { status: 404, error: 'Peer not found in introduced list' },
  invalid_relay_policy: { status: 400, error: 'Invalid policy. Use: off, broker_only, full_relay' },
  content_required: { status: 400, error: 'Message content required' },
  direct_peer_required: { status: 400, error: 'peer_id required for direct message' },
  unknown_request: { status: 404, error: 'No connection request from this peer' },
  invalid_action: { status: 400, error: 'Invalid action. Use: accept, ignore, block' },

  // Secure sessions (06 section 1.4)
  invalid_security_action: { status: 400, error: 'Invalid action. Use: unpin, accept_key' },
  peer_not_pinned: {
    status: 404,
    error: 'Nothing to lift: this peer has never connected securely, or it was lifted already',
  },

  // Trust (04 section 4.10)
  invalid_tier: { status: 400, error: 'Invalid tier' },
  invalid_score: { status: 400, error: 'score must be a number from 0 to 100' },
  trust_peer_required: { status: 400, error: 'peer_id is required' },
  invalid_peer_id: { status: 400, error: 'Invalid peer_id' },

  delete_signal_fields_required: {
    status: 400,
    error: 'target_peer_id, data_type, and data_id required',
  },
  invalid_data_type: {
    status: 400,
    error: 'Unknown data_type',
    hint: 'One of channel_message, direct_message, feed_post, channel.',
  },
  peer_not_accepted: {
    status: 409,
    error: 'Only accepted peers can be asked',
    hint: 'Accept the peer first, or send the signal to all with *.',
  },
  delete_signal_not_owned: {
    status: 403,
    error: 'Only who wrote it may ask for its deletion',
  },
  too_many_delete_signals: { status: 429, error: 'Too many deletions wait for an answer' },

  // Accounts, keys, profiles (04 section 3.2)
  username_required: { status: 400, error: 'username required (min 2 chars)' },
  password_required: { status: 400, error: 'password required' },
  username_taken: { status: 409, error: 'Username is already taken' },
  weak_password: { status: 400, error: 'Password is too weak' },
  user_not_found: { status: 404, error: 'User not found' },
  permissions_not_list: { status: 400, error: 'permissions must be a list' },
  invalid_permission: { status: 400, error: 'Invalid permission' },
  invalid_expiry: { status: 400, error: 'expires_days must be a whole number of days, or 0 for never' },
  key_not_found: { status: 404, error: 'API key not found or not owned by user' },
  profile_not_found: { status: 404, error: 'Profile not found' },
  no_profile_fields: { status: 400, error: 'No profile fields to update' },
  not_owner: { status: 403, error: 'Only instance admin can edit agent directives' },
  directives_forbidden: { status: 403, error: 'Only instance admin can edit agent directives' },
  device_profile_body: { status: 400, error: 'JSON body required' },
  avatar_not_base64: { status: 400, error: 'Avatar must be valid base64-encoded image data.' },
  avatar_not_image: { status: 400, error: 'Avatar must be a readable image file.' },
  avatar_too_large: {
    status: 400,
    error: 'Avatar is too large even after compression. Please choose a smaller image.',
  },
  session_not_found: { status: 404, error: 'Session not found' },

  // Channels (04 sections 3.7 and 3.8)
  channel_id_required: { status: 400, error: 'Channel ID required' },
  invalid_channel_id: { status: 400, error: 'Invalid channel_id format' },
  invalid_parent_id: { status: 400, error: 'Invalid parent_message_id format' },
  content_or_attachments_required: { status: 400, error: 'Message content or attachments required' },
  content_too_long: { status: 400, error: 'Content exceeds maximum length (50000 chars)' },
  too_many_attachments: { status: 400, error: 'Too many attachments (max 20)' },
  parent_not_found: { status: 404, error: 'Parent message not found in this channel' },
  empty_message: { status: 400, error: 'Message content or attachments required' },
  top_level_post_restricted: {
    status: 403,
    error: 'This channel is curated. Only approved posters can start top-level posts.',
  },
  reply_restricted: { status: 403, error: 'Replies are currently restricted in this channel.' },
  channel_message_not_found: { status: 404, error: 'Message not found or you are not a member' },
  search_query_required: { status: 400, error: 'Search query required' },
  invalid_cursor: {
    status: 400,
    error: 'Invalid cursor',
    hint: 'Give the next_cursor of an answer, as it is.',
  },
  time_not_ahead: { status: 400, error: 'The time has passed already' },
  too_many_choices: { status: 400, error: 'Too many conversations with choices of their own' },
  expiry_not_ahead: {
    status: 400,
    error: 'A time to come, or a number of seconds, is needed',
    hint: 'Give expires_at, ttl_seconds or ttl_mode as with a new message.',
  },
  not_message_author: { status: 403, error: 'You can only edit your own messages' },
  delete_not_allowed: { status: 403, error: 'Message not found or you can only delete your own messages' },

  channel_name_required: { status: 400, error: 'Channel name required' },
  channel_name_too_long: { status: 400, error: 'Channel name exceeds maximum length (80 chars)' },
  channel_name_taken: { status: 409, error: 'A channel with this name already exists' },
  invalid_channel_type: { status: 400, error: 'Invalid channel type' },
  invalid_privacy_mode: { status: 400, error: 'Invalid privacy mode' },
  invalid_post_policy: { status: 400, error: 'Invalid post policy' },
  user_id_required: { status: 400, error: 'user_id required' },
  governance_public_channels_blocked: {
    status: 403,
    error: 'Channel access blocked by admin governance policy',
    hint: GOVERNANCE_HINT,
  },
  governance_channel_not_allowlisted: {
    status: 403,
    error: 'Channel access blocked by admin governance policy',
    hint: GOVERNANCE_HINT,
  },
  channel_creation_blocked: {
    status: 403,
    error: 'Channel creation blocked by admin governance policy',
    hint: GOVERNANCE_HINT,
  },
  invalid_role: { status: 400, error: 'role must be "admin" or "member"' },
  channel_not_found: { status: 404, error: 'Channel not found' },
  general_is_open: { status: 403, error: 'General is always open. Use mute instead.' },
  general_not_deletable: { status: 403, error: 'General cannot be deleted' },
  channel_delete_denied: {
    status: 403,
    error: 'Not authorized to delete channel',
    hint: 'An admin of the channel or the owner of this node deletes it.',
  },
  channel_update_denied: { status: 403, error: 'Not authorized to update channel', hint: CHANNEL_HINT },
  privacy_update_denied: { status: 403, error: 'Not authorized to update privacy', hint: CHANNEL_HINT },
  lifecycle_update_denied: { status: 403, error: 'Not authorized to update lifecycle', hint: CHANNEL_HINT },
  policy_update_denied: {
    status: 403,
    error: 'Not authorized to update posting policy',
    hint: CHANNEL_HINT,
  },
  posters_update_denied: {
    status: 403,
    error: 'Not authorized or member not found',
    hint: CHANNEL_HINT,
  },
  channel_not_readable_encrypted: {
    status: 409,
    error: 'The node of this member cannot read encrypted channels',
    hint: 'Added with accept_unencrypted the channel is no longer encrypted, for anybody.',
  },
  membership_denied: {
    status: 403,
    error: 'Permission denied or user not found',
    hint: 'An admin of the channel decides who is in, on the node the channel comes from.',
  },

  // Mentions, inbox and threads (04 sections 4.1, 4.4 and 4.5)
  mention_ids_not_list: { status: 400, error: 'mention_ids must be a list' },
  claim_source_required: {
    status: 400,
    error: 'source_type and source_id are required (or mention_id/inbox_id)',
  },
  mention_not_found: { status: 404, error: 'Mention not found' },
  inbox_item_not_found: { status: 404, error: 'Inbox item not found' },
  claim_not_yours: { status: 403, error: 'This mention or item is not yours' },
  claim_not_found: { status: 404, error: 'Nothing is claimed' },
  inbox_ids_not_list: { status: 400, error: 'ids must be a list' },
  inbox_status_invalid: {
    status: 400,
    error: 'Invalid status. Must be one of: completed, pending, seen, skipped (or legacy alias handled)',
  },
  completion_ref_not_object: { status: 400, error: 'completion_ref must be an object' },
  avatar_file_invalid: {
    status: 400,
    error: 'The avatar must be a picture of at most 5 MiB that you uploaded',
    hint: 'Upload the picture with POST /api/v1/files/upload and name its file_id.',
  },
  avatar_not_found: { status: 404, error: 'This person has no picture' },
  thread_fields_required: { status: 400, error: 'channel_id and message_id are required' },
  thread_not_found: { status: 404, error: 'Thread not found' },
  unsupported_event_types: { status: 400, error: 'Unsupported event types' },
  diagnostics_owner_only: { status: 403, error: 'Only instance owner can view event diagnostics' },

  // Feed, polls and reposts (04 sections 3.10, 4.2, 4.3 and 4.8)
  post_content_required: { status: 400, error: 'Post content required' },
  post_too_long: {
    status: 400,
    error: 'Failed to create post',
    message: 'A post may have at most 4096 characters.',
  },
  metadata_too_large: {
    status: 400,
    error: 'Post metadata too large',
    hint: 'At most 48 KiB; upload files first and name them by their ids.',
  },
  too_many_tags: { status: 400, error: 'At most 32 tags of 64 characters' },
  too_many_permissions: { status: 400, error: 'A custom post names at most 500 people' },
  post_not_found: { status: 404, error: 'Post not found' },
  post_access_denied: { status: 403, error: 'Access denied' },
  not_post_author: { status: 403, error: 'Not authorized to edit this post' },
  post_not_owned: { status: 404, error: 'Post not found or not owned by user' },
  post_withdrawn: {
    status: 409,
    error: 'This post was withdrawn from other nodes',
    hint: 'What was withdrawn cannot be shared again; write it as a new post.',
  },
  invalid_post_type: { status: 400, error: 'Invalid post type' },
  invalid_visibility: { status: 400, error: 'Invalid visibility' },
  post_access_view: { status: 403, error: 'Only the post author or admin may view access list' },
  post_access_revoke: { status: 403, error: 'Only the post author or admin may revoke access' },
  comment_required: { status: 400, error: 'Comment content required' },
  comment_too_long: { status: 400, error: 'Comment exceeds maximum length (4096 chars)' },
  comment_not_found: { status: 404, error: 'Comment not found' },
  read_feed_required: { status: 403, error: 'READ_FEED permission required' },
  read_messages_required: { status: 403, error: 'READ_MESSAGES permission required' },
  repost_not_shared: {
    status: 403,
    error: 'Only public, network, or trusted posts can be reposted in v1',
  },
  repost_chain: { status: 400, error: 'Repost chains are not supported' },
  repost_denied: { status: 403, error: 'The author does not allow reposts of this message' },
  poll_type_required: { status: 400, error: 'item_type required (feed or channel)' },
  poll_fields_required: { status: 400, error: 'poll_id and item_type required' },
  option_index_required: { status: 400, error: 'option_index required' },
  invalid_poll_option: { status: 400, error: 'Invalid poll option' },
  poll_closed: { status: 400, error: 'Poll is closed' },
  poll_locked: { status: 400, error: 'Poll can no longer be edited: votes have been cast' },
  not_a_poll: { status: 400, error: 'Poll definition not found' },
  poll_post_not_found: { status: 404, error: 'Poll post not found' },
  poll_message_not_found: { status: 404, error: 'Poll message not found' },
  poll_access_denied: { status: 403, error: 'Access denied' },

  // Bookmarks and tasks (04 sections 4.7 and 4.9)
  bookmark_type_unsupported: { status: 400, error: 'Unsupported source_type' },
  bookmark_type_required: { status: 400, error: 'source_type required' },
  bookmark_id_required: { status: 400, error: 'source_id required' },
  bookmark_tags_not_list: { status: 400, error: 'tags must be a list' },
  bookmark_tags_invalid: { status: 400, error: 'At most 50 tags of at most 64 characters' },
  bookmark_note_too_long: { status: 400, error: 'A note has at most 4000 characters' },
  bookmark_type_forbidden: { status: 403, error: 'Insufficient permissions for source type' },
  bookmark_source_not_found: { status: 404, error: 'Source not found or access denied' },
  bookmark_not_found: { status: 404, error: 'Bookmark not found' },
  too_many_bookmarks: { status: 409, error: 'Too many bookmarks', hint: 'Remove some first.' },
  missing_title: { status: 400, error: 'Task title is required' },
  invalid_status: { status: 400, error: 'Invalid task status' },
  invalid_priority: { status: 400, error: 'Invalid task priority' },
  invalid_due_at: { status: 400, error: 'Invalid due_at', hint: 'An ISO time, or a date.' },
  task_too_long: { status: 400, error: 'Title, description or metadata is too long' },
  no_updates: { status: 400, error: 'No updates provided' },
  not_authorized: { status: 403, error: 'Not authorized to update task' },

  // Direct messages (04 section 3.9)
  wrong_endpoint: {
    status: 400,
    error:
      'Wrong endpoint: POST /api/v1/messages is for DMs only. Use POST /api/v1/channels/messages with {channel_id, content} to post to a channel (with P2P propagation).',
  },
  invalid_message_type: { status: 400, error: 'Invalid message type' },
  dm_too_long: { status: 400, error: 'Message exceeds maximum length (4096 chars)' },
  recipient_not_found: {
    status: 404,
    error: 'Recipient not found',
    hint: 'GET /api/v1/agents?include_humans=1 lists the people known here.',
  },
  message_id_required: { status: 400, error: 'message_id required' },
  original_not_found: { status: 404, error: 'Original message not found' },
  not_allowed: { status: 403, error: 'You are not allowed to reply to this direct message' },
  no_recipient: { status: 400, error: 'Unable to determine DM recipient' },
  no_group_members: { status: 400, error: 'No other group members to reply to' },
  message_not_found: { status: 404, error: 'Message not found' },
  message_not_accessible: { status: 404, error: 'Message not found or not accessible' },
  message_not_owned: { status: 404, error: 'Message not found or not owned by you' },

  // Assets (07 section 1)
  asset_file_required: { status: 400, error: 'A form with the part file is needed' },
  asset_field_invalid: { status: 400, error: 'A field cannot be kept' },
  asset_meta_too_large: {
    status: 413,
    error: 'Too much is said of the asset for a library to carry',
    hint: 'All of it has room in 8 KiB, of which a character beyond ASCII takes 6 or 12 bytes: shorten description or tags.',
  },
  asset_not_found: { status: 404, error: 'Asset not found' },
  asset_too_large: {
    status: 413,
    error: 'The asset is too large',
    hint: 'CANOPY_CAN_MAX_BYTES says how large an asset may be.',
  },
  asset_busy: { status: 503, error: 'Too many assets are coming in at once', hint: 'Try again later.' },
  disk_full: {
    status: 507,
    error: 'The disk of this node has too little room',
    hint: 'At least 1 GiB and 5 % of the disk stay free.',
  },
  no_thumbnail: { status: 404, error: 'There is no small picture of this asset' },

  // Files (04 section 3.11)
  no_file: {
    status: 400,
    error:
      'Provide a file via multipart form or JSON {"filename": "...", "content_type": "...", "data": "<base64>"}',
  },
  empty_file: { status: 400, error: 'Empty file' },
  invalid_base64: { status: 400, error: 'Invalid base64 in data field' },
  upload_too_large: {
    status: 413,
    error: 'Request body too large',
    hint: 'Files may have at most 100 MiB.',
  },
  invalid_upload_name: {
    status: 400,
    error: 'An upload is named by 16 to 64 letters, digits, - and _',
    hint: 'Choose a name by chance for each upload, such as a UUID.',
  },
  upload_offset: {
    status: 409,
    error: 'The bytes do not belong where this upload is',
    hint: 'GET the same address says how many bytes the node has; go on from there.',
  },
  file_too_large: { status: 400, error: 'File size exceeds maximum' },
  file_empty: { status: 400, error: 'File is empty' },
  file_type_not_allowed: { status: 400, error: 'File type is not allowed' },
  file_content_mismatch: { status: 400, error: 'File content does not match claimed type' },
  file_extension_mismatch: { status: 400, error: 'Filename extension does not match content type' },
  file_module_refused: { status: 400, error: 'The module cannot be accepted' },
  file_spreadsheet_malformed: { status: 400, error: 'Spreadsheet file is invalid or malformed' },
  file_archive_refused: { status: 400, error: 'Invalid or corrupted zip file' },
  file_not_text: { status: 400, error: 'File contains invalid UTF-8 encoding' },
  file_active_content: { status: 400, error: 'File contains potentially dangerous content' },
  file_not_saved: { status: 500, error: 'Failed to save file', hint: 'The disk of this node may be full.' },
  file_not_found: { status: 404, error: 'File not found' },
  file_access_denied: {
    status: 403,
    error: 'Access denied',
    hint: 'A file can be read by its uploader and by whoever can read a message that refers to it.',
  },
  database_busy: {
    status: 409,
    error: 'The database is being exported or imported already',
    hint: 'Wait until that has ended.',
  },
  import_unconfirmed: {
    status: 400,
    error: 'Confirmation phrase mismatch. Type IMPORT DATABASE to proceed.',
  },
  import_refused: { status: 400, error: 'This file cannot be imported' },
  import_too_large: { status: 413, error: 'Import file too large (max 512MB).' },
  import_file_required: {
    status: 400,
    error: 'No database file uploaded',
    hint: 'Send it as the part database of a multipart/form-data body.',
  },
  export_failed: {
    status: 507,
    error: 'Export failed: could not create a copy',
    hint: 'The disk of this node may be full.',
  },
  file_not_owned: { status: 403, error: 'Access denied — you can only delete your own files' },
} as const satisfies Record<string, ErrorRow>;
