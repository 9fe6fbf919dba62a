/** Peers that connected securely: the rows of `native_peer_security` (06 section 1.4). */
import { Base58Error, decodeBase58, encodeBase58 } from '../wire/base58.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** One pin. */
export interface PeerSecurity {
  peerId: PeerId;
  /** `null`: secure it must be, but another key may come. */
  x25519PublicKey: Uint8Array | null;
  /** Unix ms. */
  firstAt: number;
  lastAt: number;
  source: 'session' | 'ticket';
}

interface Row {
  peer_id: string;
  x25519: string | null;
  first_at: number;
  last_at: number;
  source: string;
}

/** The table. Transactions are the caller's. */
export class PeerSecurityTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(peerId: PeerId): PeerSecurity | undefined {
    const row = this.#sql.get<Row>('SELECT * FROM native_peer_security WHERE peer_id = @peerId', { peerId });
    if (row === undefined) return undefined;
    return {
      peerId,
      x25519PublicKey: keyOf(row.x25519),
      firstAt: row.first_at,
      lastAt: row.last_at,
      source: row.source === 'ticket' ? 'ticket' : 'session',
    };
  }

  put({ x25519PublicKey, ...pin }: PeerSecurity): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_peer_security (peer_id, x25519, first_at, last_at, source)
       VALUES (@peerId, @key, @firstAt, @lastAt, @source)`,
      { ...pin, key: x25519PublicKey === null ? null : encodeBase58(x25519PublicKey) },
    );
  }

  /** Whether there was a row. */
  delete(peerId: PeerId): boolean {
    return this.#sql.run('DELETE FROM native_peer_security WHERE peer_id = @peerId', { peerId }).changes > 0;
  }
}

/** A key somebody damaged matches no peer: an empty one, rather than none, which would let any key in. */
function keyOf(text: string | null): Uint8Array | null {
  if (text === null) return null;
  try {
    return decodeBase58(text);
  } catch (error) {
    if (error instanceof Base58Error) return new Uint8Array(0);
    throw error;
  }
}
