/** {@link AcknowledgingLinks} over the mesh's secure sessions with `delivery_v1` in both lists (06 section 3). */
import * as z from 'zod';
import { utf8 } from '../../crypto/bytes.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import type { SecureLink } from '../../mesh/secure/types.ts';
import { isOpaqueId } from '../../wire/ids.ts';
import type { PeerId } from '../../wire/ids.ts';
import { DELIVERY } from '../../wire/native-extensions.ts';
import { BadFrameError, ITEM, readJson } from '../../wire/secure-frames.ts';
import type { CloseCode } from '../../wire/secure-frames.ts';
import type { AcknowledgingLinks, ReadReceipt } from './links.ts';
import { MAX_READ_IDS } from './read-receipts.ts';

/** A session that ended like this did so in order, whatever was on its way. */
const ORDERLY: ReadonlySet<CloseCode> = new Set<CloseCode>([
  'normal',
  'duplicate',
  'superseded',
  'renew',
  'not_wanted',
  'unknown',
]);

const receiptSchema = z.object({
  ids: z.array(z.string().refine(isOpaqueId)).max(MAX_READ_IDS),
  at: z.number().int().nonnegative(),
});

/** @param mesh its items `read` and `accepted` are taken by this. */
export function meshLinks(mesh: Mesh): AcknowledgingLinks {
  const accepted = new Set<(peer: PeerId) => void>();
  let read: ((peer: PeerId, receipt: ReadReceipt) => void | Promise<void>) | null = null;
  const linkTo = (peer: PeerId): SecureLink | null => {
    const link = mesh.links.get(peer);
    return link !== null && !link.ended && link.capabilities.includes(DELIVERY) ? link : null;
  };
  const tell = (peer: PeerId, type: typeof ITEM.accepted | typeof ITEM.read, body: Uint8Array): void => {
    // Lost with the session; the next one says it again.
    void linkTo(peer)
      ?.send(type, body)
      .catch(() => undefined);
  };
  mesh.links.handle(ITEM.accepted, (link, body) => {
    if (body.length > 0) throw new BadFrameError('an acceptance with a body');
    for (const handler of [...accepted]) handler(link.peerId);
  });
  mesh.links.handle(ITEM.read, (link, body) => read?.(link.peerId, readJson(body, receiptSchema)));
  return {
    acknowledges: (peer) => linkTo(peer) !== null,
    peers: () => mesh.links.all().flatMap(({ peerId }) => (linkTo(peerId) === null ? [] : [peerId])),
    send: (peer, { type, payload, ttl, encrypt, targeted }) =>
      mesh.sendOwed(type, peer, payload, { ttl, encrypt, targeted }),
    onOpen: (handler) =>
      mesh.links.onOpen((link) => {
        if (link.capabilities.includes(DELIVERY)) handler(link.peerId);
      }),
    onClose: (handler) =>
      mesh.links.onClose((link, code) => {
        // One that was replaced ends after the next began.
        const current = mesh.links.get(link.peerId);
        if (current === null || current === link) handler(link.peerId, code === null || !ORDERLY.has(code));
      }),
    onAccepted: (handler) => {
      accepted.add(handler);
      return () => accepted.delete(handler);
    },
    tellAccepted: (peer) => tell(peer, ITEM.accepted, new Uint8Array(0)),
    onRead: (handler) => {
      read = handler;
    },
    tellRead: (peer, { ids, at }) => tell(peer, ITEM.read, utf8(JSON.stringify({ ids, at: Math.trunc(at) }))),
  };
}
