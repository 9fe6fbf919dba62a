/** How far an own message came, device by device, on demand (06 section 3.3, 05 section 10.17). */
import { useEffect, useState } from 'preact/hooks';
import type { DeliveryDetails as Details } from '../api/types.ts';
import { recipientWords } from '../state/delivery.ts';
import { isPeerReached, peerName } from '../state/mesh.ts';
import { api } from '../state/session.ts';
import { parseTime } from '../state/time.ts';
import type { Entry } from '../state/thread.ts';
import { Name, Time } from './parts.tsx';

export function DeliveryDetails({ entry, inDialog }: { entry: Entry; inDialog?: boolean }) {
  const [details, setDetails] = useState<Details | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { kind, id } = entry;
  const state = JSON.stringify(entry.delivery);
  useEffect(() => {
    let wanted = true;
    api
      .get<Details>(`/api/v1/delivery?kind=${kind}&id=${encodeURIComponent(id)}`)
      .then((read) => {
        if (!wanted) return;
        setDetails(read);
        setError(null);
      })
      .catch((cause: unknown) => {
        if (wanted) setError(cause instanceof Error ? cause.message : 'That could not be read.');
      });
    return () => {
      wanted = false;
    };
  }, [kind, id, state]);
  return (
    <>
      {inDialog === true ? <h3>Delivery</h3> : <h2>Delivery</h2>}
      {error === null ? null : <p class="note error">{error}</p>}
      <ul class="plain-list">
        {(details?.peers ?? []).map((peer) => (
          <li key={peer.peer_id}>
            <Recipient peer={peer} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Recipient({ peer }: { peer: Details['peers'][number] }) {
  const { text, remedy } = recipientWords(peer, isPeerReached(peer.peer_id));
  const at = parseTime(peer.at);
  return (
    <>
      <p class="strong">
        <Name>{peerName(peer.peer_id)}</Name>
      </p>
      <p>{text}</p>
      {remedy === null ? null : <p class="note">{remedy}</p>}
      {at === null ? null : (
        <p class="quiet-text">
          <Time at={at} />
        </p>
      )}
    </>
  );
}

/** What it means that only another device told of a message. */
export function UnconfirmedDetails({ via }: { via: string }) {
  return (
    <>
      <h2>Not confirmed</h2>
      <p>
        <Name>{peerName(via)}</Name> passed this message on. The device it was written on has not confirmed it
        yet; until it does, nobody else can vouch for its text or author.
      </p>
    </>
  );
}
