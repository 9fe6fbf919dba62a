/** Mesh Relay: how far this node helps others, and what it does for them now (guide section 8, 05 section 10.4, C-11). */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { loadMesh, peerName, relay } from '../../state/mesh.ts';
import { bytesText, carriedPairs, chooseRelayPolicy, POLICIES, routes } from '../../state/relay.ts';
import { isOwner } from '../../state/session.ts';
import { Name, Time } from '../parts.tsx';
import { Region } from '../region.tsx';
import { useSaving } from '../saving.ts';

export function MeshRelay() {
  const id = useId();
  const [asked, setAsked] = useState<string | null>(null);
  const { outcome, run } = useSaving();
  useEffect(() => void loadMesh(), []);

  const status = relay.value;
  const policy = asked ?? status.relay_policy;
  const chosen = POLICIES.find((choice) => choice.value === policy);
  // Arrow keys choose step by step, so the list stays in focus while it saves; one saving follows the other.
  const queue = useRef(Promise.resolve());
  const choose = (value: string): void => {
    setAsked(value);
    queue.current = queue.current.then(async () => {
      await run(() => chooseRelayPolicy(value), 'Saved. It applies now.');
      setAsked((last) => (last === value ? null : last));
    });
  };
  return (
    <Region title="Mesh Relay">
      <p class="quiet-text">
        When two of your contacts cannot reach each other, a node both are connected with can introduce them,
        or carry what they send.
      </p>
      <div class="field">
        <label for={id}>Relay policy</label>
        <select
          id={id}
          class="input"
          value={policy}
          disabled={!isOwner.value}
          aria-describedby={`${id}-note`}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {POLICIES.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
        <p id={`${id}-note`} class="note">
          {chosen === undefined ? '' : `${chosen.does} ${chosen.cost}`}
          {isOwner.value ? '' : ' The owner of this node chooses.'}
        </p>
      </div>
      {status.set_by_environment === true ? (
        <p class="note">
          The environment variable <code>CANOPY_RELAY_POLICY</code> is set. A choice made here holds until the
          next start, which takes the one from the environment again.
        </p>
      ) : null}
      {outcome.kind === 'saved' ? <p class="saved">{outcome.text}</p> : null}
      {outcome.kind === 'refused' ? (
        <p class="note error" role="alert">
          {outcome.text}
        </p>
      ) : null}
      <Carried />
      <Used />
    </Region>
  );
}

/** What this node carries for others. */
function Carried() {
  const pairs = carriedPairs(relay.value);
  return (
    <>
      <h3>Carried for others</h3>
      {pairs.length === 0 ? (
        <p class="note">Nothing since this node started.</p>
      ) : (
        <>
          <p class="quiet-text">{`${bytesText(relay.value.relayed_bytes ?? 0)} since this node started.`}</p>
          <table class="table" aria-label="Carried for others">
            <thead>
              <tr>
                <th scope="col">Between</th>
                <th scope="col">Amount</th>
                <th scope="col">Messages</th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {pairs.map((pair) => (
                <tr key={pair.key}>
                  <th scope="row">
                    <Name>{pair.names}</Name>
                  </th>
                  <td data-label="Amount">{pair.amount}</td>
                  <td data-label="Messages">
                    {pair.messages}
                    {pair.dropped === 0 ? '' : `, ${pair.dropped} dropped`}
                  </td>
                  <td data-label="Last">
                    <Time at={pair.lastAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  );
}

/** Whom this node reaches through others. */
function Used() {
  const ways = routes(relay.value);
  return (
    <>
      <h3>Reached through others</h3>
      {ways.length === 0 ? (
        <p class="note">Nobody: every connected peer is connected directly.</p>
      ) : (
        <table class="table" aria-label="Reached through others">
          <thead>
            <tr>
              <th scope="col">Peer</th>
              <th scope="col">Through</th>
              <th scope="col">Carries</th>
            </tr>
          </thead>
          <tbody>
            {ways.map(({ peerId, hop, carries }) => (
              <tr key={peerId}>
                <th scope="row">
                  <Name>{peerName(peerId)}</Name>
                </th>
                <td data-label="Through">
                  <Name>{peerName(hop)}</Name>
                </td>
                <td data-label="Carries">{carries ? 'everything' : 'only what the mesh needs'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
