/** Connection History and Diagnostics (05 section 10.2, `/connect`). */
import { activityText, saysMore } from '../../state/activity.ts';
import { activity, diagnostics, peerName, status } from '../../state/mesh.ts';
import { dialWords } from '../../state/dial-words.ts';
import { CopyButton } from '../button.tsx';
import { Name, Time } from '../parts.tsx';
import { Region } from '../region.tsx';

/** Newest first; older ones are in the log of the node. */
const SHOWN = 20;

export function HistoryRegion() {
  const events = activity.value.events
    .filter((event) => event.kind === 'connection' || event.kind === 'security')
    .slice(-SHOWN)
    .reverse();
  return (
    <Region title="Connection History">
      {events.length === 0 ? (
        <p class="note">Connecting and losing peers is listed here.</p>
      ) : (
        <ul class="lines">
          {events.map((event, index) => (
            <li key={`${event.id}:${index}`} class="line">
              <span class="line-text">
                <Name>{activityText(event, peerName(event.peer_id))}</Name>
                {event.kind === 'connection' && saysMore(event) ? (
                  <span class="quiet-text"> {event.detail}</span>
                ) : null}
              </span>
              <span class="quiet-text">
                <Time at={event.timestamp * 1000} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Region>
  );
}

export function DiagnosticsRegion() {
  const facts = diagnostics.value;
  const failures = (facts?.recent_failures ?? []).slice(0, 5);
  const report = JSON.stringify({ status: status.value, diagnostics: facts }, null, 2);
  return (
    <Region
      title="Diagnostics"
      action={facts === null ? null : <CopyButton text={report} name="Copy report" />}
    >
      {facts === null ? (
        <p class="note">The state of the mesh port and recent failures appear here.</p>
      ) : (
        <>
          <dl class="facts">
            <dt>Mesh port</dt>
            <dd>{facts.local.mesh_port}</dd>
            <dt>Relay policy</dt>
            <dd>{facts.local.relay_policy.replaceAll('_', ' ')}</dd>
            <dt>Own addresses</dt>
            <dd>{facts.local.endpoints.length === 0 ? 'none found' : facts.local.endpoints.join(', ')}</dd>
          </dl>
          {failures.length === 0 ? (
            <p class="note">No failed connections lately.</p>
          ) : (
            <ul class="lines">
              {failures.map((failure, index) => (
                <li key={`${failure.endpoint}:${failure.timestamp}:${index}`} class="line">
                  <span class="line-text">
                    <Name>{peerName(failure.peer_id)}</Name> at <code>{failure.endpoint}</code>:{' '}
                    {dialWords(failure.reason).what}. {dialWords(failure.reason).remedy}
                  </span>
                  <span class="quiet-text">
                    <Time at={failure.timestamp * 1000} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Region>
  );
}
