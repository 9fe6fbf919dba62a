/**
 * Libraries in words (07 section 5): what belongs to one, how it stands, how far its content is here, and what an
 * upload must say of itself so that it belongs.
 */
import { counted, decimals, sizeWords } from './numbers.ts';

/** Which assets belong to a library; all given parts must match (07 section 2). */
export interface LibraryFilter {
  application?: string;
  tags?: readonly string[];
  user?: string;
  mime_prefix?: string;
  hashes?: readonly string[];
}

export type LibraryMode = 'read' | 'write' | 'none';
export type LibraryState = 'joining' | 'active' | 'closed' | 'revoked' | 'refused';

/** A library as the node gives it (07 section 2). */
export interface Library {
  id: string;
  name: string;
  filter: LibraryFilter;
  created_at: number | null;
  owner: string;
  role: 'owner' | 'member';
  mode: LibraryMode;
  state: LibraryState;
  reason: string | null;
  assets: number;
  bytes: number;
  /** Assets whose bytes are not here yet. */
  pending: number;
  pending_bytes: number;
  /** Members connected now. */
  peers: readonly string[];
}

/** What a form says of a filter; blank parts are not given. */
export interface FilterWish {
  application: string;
  /** Separated by commas. */
  tags: string;
  user: string;
  mime_prefix: string;
}

export const NO_FILTER: FilterWish = { application: '', tags: '', user: '', mime_prefix: '' };

/** Kinds of files people name; any other prefix can be typed. */
export const KINDS = [
  ['', 'Every kind of file'],
  ['image/', 'Pictures'],
  ['video/', 'Videos'],
  ['audio/', 'Sound'],
  ['text/', 'Text'],
  ['application/pdf', 'PDF documents'],
] as const;

/** The filter a form stands for; `manual` is the list of hashes it keeps. */
export function filterOf(wish: FilterWish, manual: readonly string[] = []): LibraryFilter {
  const tags = [...new Set(wish.tags.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
  const part = (key: 'application' | 'user' | 'mime_prefix'): LibraryFilter => {
    const value = wish[key].trim();
    return value === '' ? {} : { [key]: value };
  };
  return {
    ...part('application'),
    ...(tags.length === 0 ? {} : { tags }),
    ...part('user'),
    ...part('mime_prefix'),
    ...(manual.length === 0 ? {} : { hashes: manual }),
  };
}

/** The form of a filter. */
export function wishOf(filter: LibraryFilter): FilterWish {
  return {
    application: filter.application ?? '',
    tags: (filter.tags ?? []).join(', '),
    user: filter.user ?? '',
    mime_prefix: filter.mime_prefix ?? '',
  };
}

/** Whether every asset matches. */
export function takesAll(filter: LibraryFilter): boolean {
  return Object.keys(filter).length === 0;
}

/** What belongs to a library, as the end of a sentence that begins with its name. */
export function filterWords(filter: LibraryFilter): string {
  if (takesAll(filter)) return 'Everything in the asset store';
  const kind = KINDS.find(([prefix]) => prefix !== '' && prefix === filter.mime_prefix?.toLowerCase());
  const parts = [
    filter.mime_prefix === undefined ? 'Files' : (kind?.[1] ?? `Files of type ${filter.mime_prefix}`),
    filter.application === undefined ? '' : `put there by ${filter.application}`,
    filter.tags === undefined ? '' : `tagged ${orList(filter.tags)}`,
    filter.user === undefined ? '' : `of ${filter.user}`,
    filter.hashes === undefined ? '' : `chosen one by one (${filter.hashes.length})`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function orList(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1] ?? ''}`;
}

/** What this node may do there. */
export function roleWords({ role, mode }: Pick<Library, 'role' | 'mode'>): string {
  if (role === 'owner') return 'Yours';
  return mode === 'write' ? 'You can add' : 'You receive';
}

/** How a library stands when it is not simply active; null when it is. */
export function stateWords(
  { state, reason }: Pick<Library, 'state' | 'reason'>,
  owner: string,
): { tone: 'info' | 'warn'; text: string } | null {
  switch (state) {
    case 'active':
      return null;
    case 'joining':
      return {
        tone: 'info',
        text: `Waiting for ${owner}, who has to let this device in. It goes on by itself as soon as both are connected, until the ticket expires.`,
      };
    case 'closed':
      return { tone: 'warn', text: `${owner} closed this library. What is here stays here.` };
    case 'revoked':
      return { tone: 'warn', text: `${owner} removed this device. What is here stays here.` };
    case 'refused':
      return {
        tone: 'warn',
        text: `${REFUSALS[reason ?? ''] ?? 'The ticket was refused.'} Ask ${owner} for another.`,
      };
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  invalid: 'The ticket is not valid any more.',
  expired: 'The ticket has expired.',
  used_up: 'The ticket was used by as many devices as it allows.',
};

/** `12 of 40 files here`, `40 files, 3.4 MB`. */
export function contentWords({
  assets,
  bytes,
  pending,
}: Pick<Library, 'assets' | 'bytes' | 'pending'>): string {
  if (assets === 0) return 'No files yet';
  const files = counted(assets, 'file', 'files');
  if (pending === 0) return `${files}, ${sizeWords(bytes)}`;
  return `${(assets - pending).toLocaleString()} of ${files} here, ${sizeWords(bytes)} in all`;
}

/** What is left at this speed, in words; null when nothing moves or little is left. */
export function timeLeft(bytes: number, bytesPerSecond: number): string | null {
  if (bytesPerSecond < 1 || bytes <= 0) return null;
  const seconds = Math.ceil(bytes / bytesPerSecond);
  if (seconds < 60) return 'less than a minute left';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60)
    return minutes === 1 ? 'about a minute left' : `about ${decimals(minutes, 0)} minutes left`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'about an hour left' : `about ${decimals(hours, 0)} hours left`;
}

/** Fields that make what is uploaded belong to a library. */
export function ingestFields(filter: LibraryFilter): Readonly<Record<string, string>> {
  const tag = filter.tags?.[0];
  return {
    ...(filter.application === undefined ? {} : { application: filter.application }),
    ...(filter.user === undefined ? {} : { user: filter.user }),
    ...(tag === undefined ? {} : { tags: tag }),
  };
}

/** Why a file of this type cannot be added; null when it can. */
export function refusedType(filter: LibraryFilter, type: string): string | null {
  const prefix = filter.mime_prefix?.toLowerCase();
  if (filter.hashes !== undefined) return 'The files of this library are chosen by its owner, one by one.';
  if (prefix === undefined || type.toLowerCase().startsWith(prefix)) return null;
  const kind = KINDS.find(([known]) => known === prefix)?.[1].toLowerCase();
  return `This library takes only ${kind ?? `files of type ${prefix}`}.`;
}

/** How long a ticket is valid, in seconds; 0 is for ever. */
export const EXPIRIES = [
  ['3600', 'One hour'],
  ['86400', 'One day'],
  ['604800', 'One week'],
  ['2592000', 'One month'],
  ['0', 'For ever'],
] as const;

/** How many devices may use a ticket; 0 is any number. */
export const USES = [
  ['1', 'One device'],
  ['5', 'Five devices'],
  ['0', 'Any number'],
] as const;
