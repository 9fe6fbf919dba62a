/** Shapes of the libraries' API (07 section 2.1). */
import * as z from 'zod';
import { assetFilterSchema } from '../../wire/assets.ts';
import { libraryName } from '../../wire/library-records.ts';
import { id, type RouteSchema } from '../route-schema.ts';

/** A hundred years: longer is never, which is 0. */
const MAX_EXPIRES_IN_S = 3_153_600_000;
const MAX_USES = 1_000_000;
/** A week. */
const DEFAULT_EXPIRES_IN_S = 604_800;
const MAX_PORT = 65_535;

/** What every call answers when all went well. */
function success<T extends z.ZodType>(data: T) {
  return z.object({ status: z.literal('success'), data });
}

const transfer = z.object({
  hash: z.string(),
  filename: z.string().nullable(),
  size: z.int(),
  have: z.int().describe('Bytes that are here and checked'),
  from: z.array(id),
});
const library = z
  .object({
    id,
    name: z.string(),
    filter: z.record(z.string(), z.unknown()),
    created_at: z.int().nullable().describe('Unix milliseconds; null while joining'),
    owner: id,
    role: z.enum(['owner', 'member']),
    mode: z.enum(['read', 'write', 'none']),
    state: z.enum(['joining', 'active', 'closed', 'revoked', 'refused']),
    reason: z.string().nullable(),
    assets: z.int(),
    bytes: z.int(),
    pending: z.int().describe('Assets that are neither here nor deleted here'),
    pending_bytes: z.int(),
    peers: z.array(id).describe('Members connected now'),
  })
  .meta({ id: 'Library' });
const details = library
  .extend({
    progress: z
      .object({ active: z.array(transfer), bytes_per_second: z.number() })
      .describe('What is under way now'),
  })
  .meta({ id: 'LibraryDetails' });
const member = z.object({
  peer_id: id,
  mode: z.enum(['owner', 'read', 'write', 'none']),
  connected: z.boolean(),
  records: z.int().describe('How many records in the library are of this member'),
});
const ticket = z.object({
  ticket_id: id,
  mode: z.enum(['read', 'write']),
  created_at: z.int(),
  expires_at: z.int().nullable(),
  max_uses: z.int().describe('0: no limit'),
  uses: z.int(),
  peers: z.array(id),
  revoked: z.boolean(),
});
const file = z.object({
  hash: z.string(),
  size: z.int(),
  mime_type: z.string(),
  filename: z.string().nullable(),
  application: z.string().nullable(),
  tags: z.array(z.string()),
  user: z.string().nullable(),
  description: z.string().nullable(),
  timestamp: z.int(),
  origin_peer: id,
  author: id.describe('Who added it, or changed it last'),
  here: z.boolean(),
  hidden: z.boolean().describe('Deleted here: the library does not bring it'),
});
const peer = z.object({
  peer_id: id,
  libraries: z.array(id),
  link: z.enum(['direct', 'relayed']),
  bytes_in: z.int(),
  bytes_out: z.int(),
});

const filter = assetFilterSchema.describe('All given parts must match; {} matches everything');
const allowAll = z.boolean().optional().describe('Must be true for a filter that matches everything');
export const newLibrary = z.object({ name: libraryName, filter, allow_all: allowAll });
export const libraryChange = z.object({
  name: libraryName.optional(),
  filter: filter.optional(),
  allow_all: allowAll,
});
export const matchWish = z.object({ filter });
export const inviteWish = z.object({
  mode: z.enum(['read', 'write']).default('write'),
  expires_in: z
    .int()
    .min(0)
    .max(MAX_EXPIRES_IN_S)
    .default(DEFAULT_EXPIRES_IN_S)
    .describe('Seconds; 0: never'),
  max_uses: z.int().min(0).max(MAX_USES).default(0).describe('0: no limit'),
  public_host: z.string().optional(),
  public_port: z.int().min(1).max(MAX_PORT).optional(),
});
export const memberChange = z.object({ mode: z.enum(['read', 'write']) });
export const joinWish = z.object({ ticket: z.string() });

/** What every one of these calls can answer. */
const EVERY = ['mesh_not_running', 'owner_required', 'manage_keys_required'] as const;
const ONE = [...EVERY, 'library_not_found'] as const;
const OWN = [...ONE, 'not_library_owner', 'library_not_active'] as const;

export const librarySchemas = {
  status: {
    errors: EVERY,
    summary: 'Tell how this node and its libraries are',
    answer: success(
      z.object({
        peer_id: id,
        version: z.string(),
        mesh: z.boolean(),
        store: z.object({
          healthy: z.boolean().describe('All of what follows, and the service answers if there is one'),
          readable: z.boolean(),
          writable: z.boolean(),
          has_room: z.boolean().describe('More is free on the disk than what stays free in any case'),
          free_bytes: z.int().nullable(),
          assets: z.int(),
          bytes: z.int(),
        }),
        service: z
          .object({
            url: z.string(),
            reachable: z.boolean(),
            last_contact: z.int().nullable().describe('Unix milliseconds'),
            problem: z.string().nullable(),
            waiting: z.int().describe('Changes here that it has not been told'),
            failed: z.int().describe('Assets that could not be exchanged when all were last looked at'),
          })
          .nullable()
          .describe('Another asset service that this node keeps in step with'),
        libraries: z.int(),
      }),
    ),
  },
  peers: {
    errors: EVERY,
    summary: 'List connected peers and the libraries they share',
    answer: success(z.array(peer)),
  },
  create: {
    errors: [...EVERY, 'filter_matches_all', 'library_too_large'],
    summary: 'Make a library',
    body: newLibrary,
    answer: success(library),
    status: 201,
  },
  list: { errors: EVERY, summary: 'List the libraries of this node', answer: success(z.array(library)) },
  get: { errors: ONE, summary: 'Read a library with what is under way', answer: success(details) },
  change: {
    errors: [...OWN, 'filter_matches_all', 'library_too_large'],
    summary: 'Give a library of this node another name or filter',
    body: libraryChange,
    answer: success(library),
  },
  remove: {
    errors: [...ONE, 'close_required'],
    summary: 'Leave a library, or with close=1 close one of this node for everybody',
    query: z.object({ close: z.string().optional() }),
    answer: success(z.object({ id, outcome: z.enum(['left', 'closed']) })),
  },
  matching: {
    summary: 'Count the assets of this node that a filter matches now',
    body: matchWish,
    answer: success(z.object({ assets: z.int(), bytes: z.int() })),
  },
  assets: {
    summary: 'List what is in a library, newest first, or what of it has all words of a search',
    query: z.object({
      q: z.string().optional().describe('Words of the name, the description, the tags or the application'),
      cursor: z.string().optional(),
      limit: z.string().optional().describe('1 to 1000, else 50'),
    }),
    answer: success(
      z.object({
        assets: z.array(file),
        next_cursor: z
          .string()
          .nullable()
          .describe('Where the next call goes on, even after fewer than limit'),
      }),
    ),
  },
  invite: {
    errors: [...OWN, 'meeting_library', 'invalid_public_host'],
    summary: 'Make a ticket with which others join',
    body: inviteWish,
    answer: success(z.object({ ticket: z.string(), ticket_id: id, expires_at: z.int().nullable() })),
  },
  tickets: {
    errors: [...ONE, 'not_library_owner'],
    summary: 'List the tickets of a library',
    answer: success(z.array(ticket)),
  },
  revoke: {
    errors: [...ONE, 'not_library_owner', 'ticket_not_found'],
    summary: 'Revoke a ticket; who joined with it stays',
    answer: success(z.object({ ticket_id: id })),
  },
  members: { errors: ONE, summary: 'List the members of a library', answer: success(z.array(member)) },
  setMode: {
    errors: [...OWN, 'member_not_found'],
    summary: 'Say what a member may do',
    body: memberChange,
    query: z.object({ adopt: z.string().optional() }),
    answer: success(z.object({ peer_id: id, mode: z.string() })),
  },
  removeMember: {
    errors: [...OWN, 'member_not_found'],
    summary: 'Remove a member; what it added stays as added by the owner, unless adopt=0',
    query: z.object({ adopt: z.string().optional() }),
    answer: success(z.object({ peer_id: id, mode: z.string() })),
  },
  removeAsset: {
    errors: [...ONE, 'library_not_active', 'library_read_only', 'asset_not_in_library'],
    summary: 'Remove an asset from a library for everybody',
    answer: success(z.object({ hash: z.string() })),
  },
  join: {
    errors: [...EVERY, 'invalid_ticket', 'expired_ticket', 'other_library_owner'],
    summary: 'Join the library of a ticket',
    body: joinWish,
    answer: success(library),
  },
  rescan: {
    errors: ONE,
    summary: 'Look through all assets for what belongs into a library',
    answer: success(z.object({ id })),
  },
} as const satisfies Record<string, RouteSchema>;
