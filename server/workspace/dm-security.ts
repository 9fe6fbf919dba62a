/** What a direct message's security summary says (03 section 6.1): who can read it on the way. */
import type { PeerId, UserId } from '../wire/ids.ts';

/** Whether the node of a peer reads encrypted direct messages; `null`: not known yet. */
export type DmEncryption = (peer: PeerId) => boolean | null;

/** One recipient and where they live; `null` for this node. */
export interface DmRecipient {
  userId: UserId;
  home: PeerId | null;
}

const MODES = {
  local_only: {
    state: 'local_only',
    label: 'Local only',
    e2e: false,
    relay_confidential: true,
    local_only: true,
  },
  peer_e2e_v1: {
    state: 'encrypted',
    label: 'E2E over mesh',
    e2e: true,
    relay_confidential: true,
    local_only: false,
  },
  mixed: {
    state: 'mixed',
    label: 'Mixed delivery',
    e2e: false,
    relay_confidential: false,
    local_only: false,
  },
  legacy_plaintext: {
    state: 'plaintext',
    label: 'Legacy relay/plaintext',
    e2e: false,
    relay_confidential: false,
    local_only: false,
  },
} as const;

/** What is said of a message that came in clear, whatever its sender claims. */
export const PLAINTEXT_SECURITY: Readonly<Record<string, unknown>> = {
  mode: 'legacy_plaintext',
  ...MODES.legacy_plaintext,
};

/** The summary for a message to `recipients`. */
export function dmSecurity(
  recipients: readonly DmRecipient[],
  encryption: DmEncryption,
): Record<string, unknown> {
  const peers = [...new Set(recipients.flatMap(({ home }) => (home === null ? [] : [home])))];
  const encrypted = peers.filter((peer) => encryption(peer) === true);
  const legacy = peers.filter((peer) => encryption(peer) === false);
  const unknown = peers.filter((peer) => encryption(peer) === null);
  const mode = modeOf(peers.length, encrypted.length);
  return {
    mode,
    ...MODES[mode],
    recipient_ids: recipients.map(({ userId }) => userId),
    local_recipient_ids: recipients.filter(({ home }) => home === null).map(({ userId }) => userId),
    remote_peer_ids: peers,
    encrypted_peer_ids: encrypted,
    legacy_peer_ids: legacy,
    unknown_peer_ids: unknown,
    ...(legacy.length > 0 ? { warning: 'Crosses the direct connection to the recipient in clear text' } : {}),
  };
}

function modeOf(peers: number, encrypted: number): keyof typeof MODES {
  if (peers === 0) return 'local_only';
  if (encrypted === peers) return 'peer_e2e_v1';
  return encrypted > 0 ? 'mixed' : 'legacy_plaintext';
}
