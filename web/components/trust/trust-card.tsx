/** One peer on the Trust Network page: how it is reached, and deciding about it (05 section 10.15, K-3). */
import { useState } from 'preact/hooks';
import { decideRequest, peerName, sections } from '../../state/mesh.ts';
import { api, isOwner } from '../../state/session.ts';
import { tierOf, TIERS, type TrustLine } from '../../state/trust.ts';
import { Button } from '../button.tsx';
import { Select } from '../field.tsx';
import { Avatar, Name, ReachBadge } from '../parts.tsx';
import { problemText } from '../saving.ts';

/** @param claimed the name it gave with its request. */
export function TrustCard({
  line,
  claimed,
  reload,
}: {
  line: TrustLine;
  claimed: string | undefined;
  reload: () => Promise<void>;
}) {
  const { peerId, standing, score } = line;
  const [error, setError] = useState<string | null>(null);
  const name = claimed ?? peerName(peerId);
  const reach = [...sections.value.connected, ...sections.value.known].find(
    (peer) => peer.peerId === peerId,
  )?.reach;
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
    await reload();
  };
  const decide = (action: 'accept' | 'ignore' | 'block') => () => run(() => decideRequest(peerId, action));
  const tier = tierOf(score) ?? 'none';
  const options: (readonly [string, string])[] = TIERS.map(([key, words, value]) => [
    key,
    `${words} (${value})`,
  ]);
  if (tier === 'none') options.unshift(['none', score === null ? 'None' : `Score ${score}`]);
  const asked = standing === 'waiting' || standing === 'ignored' || standing === 'blocked';
  return (
    <article class="card" aria-label={name}>
      <Avatar id={peerId} name={name} />
      <div class="card-body">
        <p class="card-title">
          <strong>
            <Name>{name}</Name>
          </strong>
          {reach === undefined || standing === 'blocked' ? null : <ReachBadge reach={reach} />}
        </p>
        <p class="quiet-text">
          <code>{peerId}</code>
          {score === null ? '' : ` · score ${score}`}
        </p>
        {isOwner.value ? (
          <>
            {asked ? (
              <div class="row-actions">
                <Button
                  kind={standing === 'waiting' ? 'primary' : 'plain'}
                  onClick={decide('accept')}
                  label={`Accept: ${name}`}
                >
                  Accept
                </Button>
                {standing === 'ignored' ? null : (
                  <Button
                    onClick={decide('ignore')}
                    label={`${standing === 'blocked' ? 'Unblock' : 'Ignore'}: ${name}`}
                  >
                    {standing === 'blocked' ? 'Unblock' : 'Ignore'}
                  </Button>
                )}
                {standing === 'blocked' ? null : (
                  <Button kind="danger" onClick={decide('block')} label={`Block: ${name}`}>
                    Block
                  </Button>
                )}
              </div>
            ) : (
              <Select
                label={`Tier of ${name}`}
                value={tier}
                options={options}
                onChange={(wanted) =>
                  void run(() =>
                    api.call('PUT', `/api/v1/trust/${encodeURIComponent(peerId)}`, { tier: wanted }),
                  )
                }
              />
            )}
          </>
        ) : null}
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
      </div>
    </article>
  );
}
