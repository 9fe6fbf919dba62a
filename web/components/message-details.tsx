/**
 * Details of a message (05 section 10.5, M-14): its ids, the author's node, how it came here, its times, who can read it on the
 * way, how long it stays, and how far it came, device by device.
 */
import { Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Arrival, ChannelMessage, DirectMessage } from '../api/types.ts';
import { channels } from '../state/channel.ts';
import { detailsOf, type Fact } from '../state/message-details.ts';
import { messagePath } from '../state/message-path.ts';
import { peerName, reachOf, status } from '../state/mesh.ts';
import { personName } from '../state/people.ts';
import { api } from '../state/session.ts';
import type { Entry } from '../state/thread.ts';
import { exactText } from '../state/time.ts';
import { Button, CopyButton } from './button.tsx';
import { DeliveryDetails } from './delivery-details.tsx';
import { Dialog } from './dialog.tsx';
import { Name } from './parts.tsx';

interface Answer {
  message: ChannelMessage | DirectMessage;
  arrival: Arrival | null;
}

export function MessageDetails({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const [{ message, arrival }, setRead] = useState<Partial<Answer>>({});
  const [error, setError] = useState<string | null>(null);
  const path = messagePath(entry);
  const state = JSON.stringify(entry);
  useEffect(() => {
    let wanted = true;
    api
      .get<Answer>(path)
      .then((read) => {
        if (!wanted) return;
        setRead(read);
        setError(null);
      })
      .catch((cause: unknown) => {
        if (wanted) setError(cause instanceof Error ? cause.message : 'They could not be read.');
      });
    return () => {
      wanted = false;
    };
    // Read again when something of the message changed.
  }, [path, state]);
  // What was read now knows of recipients that the list may not know of yet.
  const delivery = entry.delivery ?? message?.delivery ?? null;
  const facts =
    message === undefined
      ? []
      : detailsOf(entry, message, {
          now: Date.now(),
          exact: exactText,
          peerName,
          personName,
          reachOf,
          channel: channels.value.find(({ id }) => id === entry.channelId) ?? null,
          ownPeer: status.value?.peer_id ?? null,
          arrival: arrival ?? null,
        });
  const report = facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  return (
    <Dialog title="Message details" onClose={onClose} toRead>
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
      <Facts facts={facts} />
      {entry.mine && delivery !== null ? <DeliveryDetails entry={{ ...entry, delivery }} inDialog /> : null}
      <div class="row-actions">
        {facts.length === 0 ? null : <CopyButton text={report} name="Copy details" />}
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>
            <Name>{value}</Name>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
