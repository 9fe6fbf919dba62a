/**
 * Recognises an invite while it is being pasted (05 section 10.4, C-3): finds the code in whatever surrounds it and
 * reads what it says. The node checks keys and ids; this only tells the person what they hold before it is sent.
 */
import { counted } from './numbers.ts';

/** A code this long is no invite; the node refuses it as well. */
const MAX_CODE_LENGTH = 16_384;

/** The version of codes this program writes. A later one is read as long as what it needs is there (01 section 2.2). */
const VERSION = 1;

/** What was found in the field. */
export type InviteReading =
  | { state: 'empty' }
  | { state: 'foreign' }
  | { state: 'damaged' }
  /** It says it is of a later version, and lacks what is needed. */
  | { state: 'unsupported'; version: number }
  | { state: 'invite'; code: string; peerId: string; endpoints: string[]; later: boolean };

/** Reads pasted text. Spaces, line breaks, quotes and surrounding words do not matter. */
export function readInvite(text: string): InviteReading {
  const trimmed = text.trim();
  if (trimmed === '') return { state: 'empty' };
  if (trimmed.length > MAX_CODE_LENGTH) return { state: 'damaged' };
  const marked = /canopy:\s*([\w\s=-]+)/iu.exec(trimmed);
  const candidates =
    marked?.[1] === undefined ? [trimmed.replace(/["'`\s]/gu, '')] : codeCandidates(marked[1]);
  for (const body of candidates) {
    const fields = decode(body);
    if (fields === null) continue;
    return 'version' in fields
      ? { state: 'unsupported', version: fields.version }
      : { state: 'invite', code: `canopy:${body}`, ...fields };
  }
  return { state: marked === null ? 'foreign' : 'damaged' };
}

/** A mail program breaks long codes: all of what follows belongs to it, or only the first word does. */
function codeCandidates(text: string): string[] {
  const joined = text.replace(/\s/gu, '');
  const first = /^\S+/u.exec(text.trimStart())?.[0] ?? '';
  const lines = text.split(/\r?\n\s*\r?\n/u)[0]?.replace(/\s/gu, '') ?? '';
  return [...new Set([joined, lines, first])].filter((body) => body !== '');
}

type Fields = { peerId: string; endpoints: string[]; later: boolean } | { version: number };

function decode(body: string): Fields | null {
  try {
    const bytes = Uint8Array.from(
      atob(body.replace(/=+$/u, '').replaceAll('-', '+').replaceAll('_', '/')),
      (c) => c.charCodeAt(0),
    );
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
    if (typeof value !== 'object' || value === null) return null;
    const fields = value as Record<string, unknown>;
    const { v, pid, epk, xpk, ep } = fields;
    const later = typeof v === 'number' && v > VERSION;
    if (typeof pid !== 'string' || pid === '' || typeof epk !== 'string' || typeof xpk !== 'string')
      return later ? { version: v } : null;
    const endpoints = Array.isArray(ep) ? ep.filter((item) => typeof item === 'string') : [];
    return { peerId: pid, endpoints, later };
  } catch {
    return null;
  }
}

/** The sentence under the field; each outcome has its own. */
export function describeInvite(
  reading: InviteReading,
  known: { ownPeerId: string | null; connected: ReadonlySet<string>; known: ReadonlySet<string> },
): { tone: 'hint' | 'ok' | 'error'; text: string; usable: boolean } {
  switch (reading.state) {
    case 'empty':
      return {
        tone: 'hint',
        text: "Your friend's code; it starts with canopy:",
        usable: false,
      };
    case 'foreign':
      return { tone: 'error', text: 'This is not an invite code. A code starts with canopy:', usable: false };
    case 'damaged':
      return {
        tone: 'error',
        text: 'This invite code is damaged or cut off. Copy it again, in full.',
        usable: false,
      };
    case 'unsupported':
      return {
        tone: 'error',
        text: `This invite code is of version ${reading.version}, which this Canopy does not read. Update it, or ask for a code of version ${VERSION}.`,
        usable: false,
      };
    case 'invite': {
      const { peerId, endpoints } = reading;
      if (peerId === known.ownPeerId) {
        return {
          tone: 'error',
          text: 'This is your own invite code. Paste the one of the other device.',
          usable: false,
        };
      }
      const count = endpoints.length;
      const addresses = count === 0 ? 'no address' : counted(count, 'address', 'addresses');
      const peer = `Peer ${peerId}, ${addresses}`;
      if (known.connected.has(peerId))
        return { tone: 'ok', text: `${peer}. Already connected.`, usable: true };
      if (known.known.has(peerId))
        return { tone: 'ok', text: `${peer}. Already known, not connected now.`, usable: true };
      const remark = reading.later ? '. A newer Canopy made this code.' : '';
      return { tone: 'ok', text: `${peer}${remark}`, usable: true };
    }
  }
}
