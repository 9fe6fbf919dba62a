/** Requests and the three lists of peers (05 section 10.4, C-5 to C-8). */
import { useState } from 'preact/hooks';
import {
  connectPeer,
  decideRequest,
  disconnectPeer,
  goDirect,
  reconnectAll,
  sections,
} from '../../state/mesh.ts';
import { cardId } from '../../state/mesh-map.ts';
import { retryWords, unsentWords, wayRound } from '../../state/peers.ts';
import type { DiscoveredCard, PeerCard, RequestCard } from '../../state/peers.ts';
import { dialWords } from '../../state/dial-words.ts';
import { catchingUp } from '../../state/catch-up.ts';
import { shortId } from '../../state/people.ts';
import { isOwner } from '../../state/session.ts';
import { Button, CopyButton } from '../button.tsx';
import { Avatar, Name, ProtectionText, ReachBadge, Time } from '../parts.tsx';
import { attempt } from './attempt.ts';
import { ForgetDialog } from './forget-dialog.tsx';
import { PeerMenu } from './peer-menu.tsx';
import { PeerSecurity } from './security.tsx';
import { ProgressLine } from '../progress.tsx';
import { Region } from '../region.tsx';

export function Requests() {
  const { requests } = sections.value;
  if (requests.length === 0) return null;
  return (
    <Region title="Requests" class="requests">
      <p class="note">These devices want to connect. Nothing of theirs is shown before you accept.</p>
      <ul class="cards">
        {requests.map((request) => (
          <li key={request.peerId}>
            <RequestItem request={request} />
          </li>
        ))}
      </ul>
    </Region>
  );
}

function RequestItem({ request }: { request: RequestCard }) {
  const [error, setError] = useState<string | null>(null);
  const decide = (action: 'accept' | 'ignore' | 'block') =>
    attempt(() => decideRequest(request.peerId, action), setError);
  const name = request.names[0] ?? 'Unnamed device';
  return (
    <article class="card" aria-label={name}>
      <Avatar id={request.peerId} name={name} />
      <div class="card-body">
        <p class="strong">
          <Name>{request.names.length === 0 ? name : request.names.join(', ')}</Name>
        </p>
        <p class="quiet-text">
          Calls itself so; peer <code>{request.peerId}</code>
          {request.from === null ? '' : `, from ${request.from}`}
          {request.introducedBy === null ? '' : `, introduced by ${request.introducedBy}`}
          {request.firstSeen === null ? null : (
            <>
              , <Time at={request.firstSeen} />
            </>
          )}
        </p>
        {isOwner.value ? (
          <div class="row-actions">
            <Button kind="primary" onClick={decide('accept')}>
              Accept
            </Button>
            <Button onClick={decide('ignore')}>Ignore</Button>
            <Button kind="danger" onClick={decide('block')}>
              Block
            </Button>
          </div>
        ) : (
          <p class="note">The owner of this node decides.</p>
        )}
        {error === null ? null : <p class="note error">{error}</p>}
      </div>
    </article>
  );
}

export function ConnectedPeers() {
  const { connected } = sections.value;
  return (
    <Region title="Connected Peers">
      {connected.length === 0 ? (
        <p class="note">No device is connected. Import an invite, or connect one that was discovered.</p>
      ) : (
        <ul class="cards">
          {connected.map((peer) => (
            <li key={peer.peerId}>
              <ConnectedItem peer={peer} />
            </li>
          ))}
        </ul>
      )}
    </Region>
  );
}

function ConnectedItem({ peer }: { peer: PeerCard }) {
  const [error, setError] = useState<string | null>(null);
  // Anew every few seconds, as the page reads its peers again.
  const shorterWay = wayRound(peer, Date.now());
  const progress = catchingUp.shown.value.get(peer.peerId);
  return (
    <article class="card" id={cardId(peer.peerId)} tabIndex={-1} aria-label={peer.name}>
      <Avatar id={peer.peerId} name={peer.name} />
      <div class="card-body">
        <PeerHead peer={peer} />
        <p class="quiet-text facts-line">
          <ProtectionText protection={peer.protection} />
          {peer.rttMs === null ? null : <span>{`${Math.round(peer.rttMs)} ms`}</span>}
          {peer.lastActivity === null ? null : (
            <span>
              Last activity <Time at={peer.lastActivity} />
            </span>
          )}
          <Unsent peer={peer} />
        </p>
        {peer.awaitsAcceptance ? (
          <p class="note">
            <Name>{peer.name}</Name> has not accepted this device yet. Ask there to choose Accept on the
            Connect page; until then no messages go between you.
          </p>
        ) : null}
        {peer.clock === null ? null : <p class="note">{peer.clock}</p>}
        {shorterWay === 'hinted' && peer.reach.kind === 'via' ? (
          <p class="note">
            Everything has gone over <Name>{peer.reach.name}</Name> for more than 10 minutes. If the two
            devices can reach each other, Go direct takes the shorter way.
          </p>
        ) : null}
        {progress === undefined ? null : (
          <ProgressLine name={`Catching up with ${peer.name}`} progress={progress} />
        )}
        <PeerSecurity peer={peer} />
        <div class="row-actions">
          {shorterWay === null ? null : (
            <Button onClick={attempt(() => goDirect(peer.peerId), setError)}>Go direct</Button>
          )}
          <Button onClick={attempt(() => disconnectPeer(peer.peerId), setError)}>Disconnect</Button>
          <PeerMenu peer={peer} setError={setError} />
        </div>
        {error === null ? null : <p class="note error">{error}</p>}
      </div>
    </article>
  );
}

function PeerHead({ peer }: { peer: PeerCard }) {
  return (
    <>
      <p class="card-title">
        <strong>
          <Name>{peer.name}</Name>
        </strong>
        <ReachBadge reach={peer.reach} />
      </p>
      <p class="quiet-text peer-id">
        {peer.device === null ? null : (
          <span>
            <Name>{peer.device}</Name>,
          </span>
        )}
        <code title={peer.peerId}>{shortId(peer.peerId)}</code>
        <CopyButton text={peer.peerId} name="Copy peer ID" sign />
      </p>
      {peer.otherKeysFrom === null ? null : (
        <p class="note error">
          Other keys were presented for this peer by <Name>{peer.otherKeysFrom}</Name>. They were refused; the
          known keys stay in use.
        </p>
      )}
    </>
  );
}

/** How much waits to go to it. */
function Unsent({ peer }: { peer: PeerCard }) {
  const words = unsentWords(peer.unsent);
  return words === null ? null : <span>{words}</span>;
}

export function DiscoveredPeers() {
  const { discovered } = sections.value;
  return (
    <Region title="Discovered Peers (LAN)">
      {discovered.length === 0 ? (
        <p class="note">
          Devices on this network that run Canopy appear here by themselves. Some routers block that; an
          invite code always works.
        </p>
      ) : (
        <ul class="lines">
          {discovered.map((peer) => (
            <li key={peer.peerId}>
              <DiscoveredItem peer={peer} />
            </li>
          ))}
        </ul>
      )}
    </Region>
  );
}

function DiscoveredItem({ peer }: { peer: DiscoveredCard }) {
  const [error, setError] = useState<string | null>(null);
  return (
    <div class="line">
      <div class="line-text">
        <strong>
          <Name>{peer.name}</Name>
        </strong>{' '}
        <span class="quiet-text">
          {peer.address} · {peer.state}
        </span>
        {error === null ? null : <p class="note error">{error}</p>}
      </div>
      {peer.state === 'connected' ? null : (
        <Button
          busy={peer.state === 'connecting'}
          onClick={attempt(() => connectPeer(peer.peerId), setError)}
        >
          Connect
        </Button>
      )}
    </div>
  );
}

export function KnownPeers() {
  const { known } = sections.value;
  const [error, setError] = useState<string | null>(null);
  const own = known.filter((peer) => peer.introducedBy === null);
  return (
    <Region
      title="Known Peers / Introduced"
      action={
        own.length === 0 ? null : <Button onClick={attempt(reconnectAll, setError)}>Reconnect all</Button>
      }
    >
      {error === null ? null : <p class="note error">{error}</p>}
      {known.length === 0 ? (
        <p class="note">
          Devices you were connected to, and those your contacts introduce, appear here while they are not
          connected.
        </p>
      ) : (
        <ul class="cards">
          {known.map((peer) => (
            <li key={peer.peerId}>
              <KnownItem peer={peer} />
            </li>
          ))}
        </ul>
      )}
    </Region>
  );
}

/** Why a peer is not connected, and what helps; or what is being done about it. */
function WhyOffline({ peer }: { peer: PeerCard }) {
  if (peer.reach.kind === 'brokering') {
    return (
      <p class="note">
        The direct way failed, so <Name>{peer.reach.name}</Name> was asked to introduce both sides. If neither
        can reach the other, a common contact whose Mesh Relay is set to Full relay can carry the messages.
      </p>
    );
  }
  if (peer.held) {
    return (
      <p class="note">
        Disconnected by somebody here. It stays so until somebody here reconnects it, or this node starts
        again.
      </p>
    );
  }
  // The warning above says more.
  if (peer.failure === null || peer.alarm !== null) return null;
  const { what, remedy } = dialWords(peer.failure);
  return <p class="note">{`Last attempt: ${what}. ${remedy}`}</p>;
}

function KnownItem({ peer }: { peer: PeerCard }) {
  const [error, setError] = useState<string | null>(null);
  const [forgetting, setForgetting] = useState(false);
  const connecting = peer.reach.kind === 'connecting';
  const retry = retryWords(peer);
  return (
    <article class="card" id={cardId(peer.peerId)} tabIndex={-1} aria-label={peer.name}>
      <Avatar id={peer.peerId} name={peer.name} />
      <div class="card-body">
        <PeerHead peer={peer} />
        <p class="quiet-text">
          {peer.endpoints.length === 0 ? 'No address known' : peer.endpoints.join(', ')}
          {peer.introducedBy === null ? '' : ` · Introduced by ${peer.introducedBy}`}
          {retry === null ? '' : ` · ${retry}`}
        </p>
        {peer.unsent === 0 ? null : (
          <p class="quiet-text">
            <Unsent peer={peer} />
          </p>
        )}
        <WhyOffline peer={peer} />
        {peer.pinnedSince === null ? null : <PeerSecurity peer={peer} />}
        <div class="row-actions">
          <Button busy={connecting} onClick={attempt(() => connectPeer(peer.peerId), setError)}>
            {peer.introducedBy === null ? 'Reconnect' : 'Connect'}
          </Button>
          <Button onClick={() => setForgetting(true)}>Forget</Button>
        </div>
        {error === null ? null : <p class="note error">{error}</p>}
      </div>
      {forgetting ? (
        <ForgetDialog peer={peer} setError={setError} onClose={() => setForgetting(false)} />
      ) : null}
    </article>
  );
}
