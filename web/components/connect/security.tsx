/** The security of a peer on Connect (05 section 10.17, 06 sections 1.4 and 5): its words, the warning, the decisions. */
import { useState } from 'preact/hooks';
import { sections } from '../../state/mesh.ts';
import type { PeerCard } from '../../state/peers.ts';
import {
  alarmWords,
  DECISIONS,
  decidePin,
  protectionSentence,
  type PinDecision,
} from '../../state/security.ts';
import { isOwner } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { AlertIcon } from '../icons.tsx';
import { Name, Time } from '../parts.tsx';
import { Region } from '../region.tsx';
import { attempt } from './attempt.ts';

/** Peers that are kept away because they do not come as they used to; nothing without one. */
export function SecurityAlarms() {
  const { alarms } = sections.value;
  if (alarms.length === 0) return null;
  return (
    <Region title="Security warning" class="alarms">
      <ul class="cards">
        {alarms.map((peer) => (
          <li key={peer.peerId}>
            <Alarm peer={peer} />
          </li>
        ))}
      </ul>
    </Region>
  );
}

function Alarm({ peer }: { peer: PeerCard }) {
  if (peer.alarm === null) return null;
  const { happened, advice, decision } = alarmWords(peer.alarm.reason, peer.name);
  return (
    <article class="card" aria-label={peer.name}>
      <AlertIcon />
      <div class="card-body">
        <p class="strong" role="alert">
          <Name>{happened}</Name>
        </p>
        <p class="quiet-text">
          <code>{peer.peerId}</code>, last tried <Time at={peer.alarm.at} />
        </p>
        <p>{advice}</p>
        <Decide peer={peer} decision={decision} />
      </div>
    </article>
  );
}

/** What the link of a peer protects, since when, and whether less would be accepted; closed until asked for. */
export function PeerSecurity({ peer }: { peer: PeerCard }) {
  const { protection, protectedSince, pinnedSince } = peer;
  return (
    <details class="more peer-security">
      <summary>
        Security<span class="visually-hidden">{` of ${peer.name}`}</span>
      </summary>
      <dl class="facts">
        <dt>This connection</dt>
        <dd>
          <Name>{protectionSentence(peer)}</Name>
          {protection === null || protectedSince === null ? null : (
            <>
              {' '}
              Since <Time at={protectedSince} />.
            </>
          )}
        </dd>
        <dt>Encryption</dt>
        <dd>
          {pinnedSince === null ? (
            'Not required: this peer has not connected securely yet.'
          ) : (
            <>
              Required since <Time at={pinnedSince} />: this peer has connected securely, and nothing less is
              accepted from it.
            </>
          )}
        </dd>
      </dl>
      {pinnedSince === null ? null : <Decide peer={peer} decision="unpin" />}
    </details>
  );
}

/** The button of a decision, and the question before it counts. The owner decides. */
function Decide({ peer, decision }: { peer: PeerCard; decision: PinDecision }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { button, title, means } = DECISIONS[decision];
  if (!isOwner.value) return <p class="note">The owner of this node decides about this.</p>;
  const decide = async (): Promise<void> => {
    await attempt(() => decidePin(peer.peerId, decision), setError)();
    setAsking(false);
  };
  return (
    <>
      <div class="row-actions">
        <Button onClick={() => setAsking(true)}>{`${button}…`}</Button>
      </div>
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
      {asking ? (
        <Dialog title={title(peer.name)} onClose={() => setAsking(false)}>
          {means.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
          <div class="row-actions">
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button kind="danger" onClick={decide}>
              {button}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
