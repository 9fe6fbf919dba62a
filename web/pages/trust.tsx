/** `/trust`: what was decided about each peer, and deciding otherwise (05 section 10.15, K-3). */
import { useEffect, useState } from 'preact/hooks';
import type { PeerRequest } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { TrustIcon } from '../components/icons.tsx';
import { Empty, Link, Notice } from '../components/parts.tsx';
import { Region } from '../components/region.tsx';
import { SearchField } from '../components/search-field.tsx';
import { Shell } from '../components/shell.tsx';
import { TrustCard } from '../components/trust/trust-card.tsx';
import { problemText } from '../components/saving.ts';
import { loadMesh, peerName, peers, requests, sections, status } from '../state/mesh.ts';
import { api, isOwner } from '../state/session.ts';
import { STANDINGS, trustLines, type TrustLine, type TrustRow, type TrustStanding } from '../state/trust.ts';

interface Read {
  scores: Readonly<Record<string, TrustRow>>;
  refused: readonly PeerRequest[];
}

/** Fewer need no search. */
const MANY = 8;

export function TrustPage() {
  const [read, setRead] = useState<Read | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [wanted, setWanted] = useState('');
  const load = async (): Promise<void> => {
    try {
      const [{ trust_scores: scores }, { requests: refused }] = await Promise.all([
        api.get<{ trust_scores: Record<string, TrustRow> }>('/api/v1/trust'),
        api.get<{ requests: PeerRequest[] }>('/api/v1/p2p/requests?answered=1'),
      ]);
      setRead({ scores, refused });
      setError(null);
    } catch (cause) {
      setError(problemText(cause));
    }
  };
  useEffect(() => void loadMesh(), []);
  // The lists of peers are read again when something was decided anywhere; so is this.
  const heard = requests.value;
  const met = peers.value;
  useEffect(() => void load(), [heard, met]);
  const asked = [...heard, ...(read?.refused ?? [])];
  const lines =
    read === null
      ? null
      : trustLines({
          scores: read.scores,
          requests: asked,
          met: [
            ...met.connected_peers,
            ...sections.value.connected.map(({ peerId }) => peerId),
            ...sections.value.known.filter((peer) => peer.introducedBy === null).map(({ peerId }) => peerId),
          ],
          ownPeerId: status.value?.peer_id ?? null,
        });
  const claims = new Map(asked.map((request) => [request.peer_id, request.names[0]]));
  const nameOf = (line: TrustLine): string => claims.get(line.peerId) ?? peerName(line.peerId);
  const text = wanted.trim().toLocaleLowerCase();
  const shown = (lines ?? []).filter((line) =>
    `${nameOf(line)} ${line.peerId}`.toLocaleLowerCase().includes(text),
  );
  return (
    <Shell title="Trust Network">
      <div class="page settings">
        <h1>Trust Network</h1>
        <p class="lead">
          Whose messages are taken here, and who gets yours. Both sides decide for themselves; importing an
          invite is a yes.
          {isOwner.value ? '' : ' The owner of this node decides.'}
        </p>
        {error === null ? null : (
          <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
            {error}
          </Notice>
        )}
        {lines?.length === 0 ? (
          <Empty
            icon={TrustIcon}
            action={
              <Link href="/connect" class="button primary">
                Connect a device
              </Link>
            }
          >
            Every device this node meets appears here with what was decided about it.
          </Empty>
        ) : null}
        {lines !== null && lines.length > MANY ? (
          <SearchField label="Search peers" value={wanted} onInput={setWanted} />
        ) : null}
        {(Object.keys(STANDINGS) as TrustStanding[]).map((standing) => (
          <Standing
            key={standing}
            standing={standing}
            lines={shown.filter((line) => line.standing === standing)}
            claims={claims}
            reload={load}
          />
        ))}
      </div>
    </Shell>
  );
}

function Standing({
  standing,
  lines,
  claims,
  reload,
}: {
  standing: TrustStanding;
  lines: readonly TrustLine[];
  claims: ReadonlyMap<string, string | undefined>;
  reload: () => Promise<void>;
}) {
  if (lines.length === 0) return null;
  const { name, allows } = STANDINGS[standing];
  return (
    <Region title={name}>
      <p class="quiet-text">{allows}</p>
      <ul class="cards">
        {lines.map((line) => (
          <li key={line.peerId}>
            <TrustCard line={line} claimed={claims.get(line.peerId)} reload={reload} />
          </li>
        ))}
      </ul>
    </Region>
  );
}
