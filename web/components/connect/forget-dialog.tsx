/** Asks before a peer is forgotten, and names what goes and what stays (05 section 10.4, C-8). */
import { forgetPeer } from '../../state/mesh.ts';
import type { PeerCard } from '../../state/peers.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { attempt, type SetError } from './attempt.ts';

export function ForgetDialog({
  peer,
  setError,
  onClose,
}: {
  peer: PeerCard;
  setError: SetError;
  onClose: () => void;
}) {
  const forget = async (): Promise<void> => {
    await attempt(() => forgetPeer(peer.peerId), setError)();
    onClose();
  };
  return (
    <Dialog title={`Forget ${peer.name}?`} onClose={onClose}>
      <p>Removed: its addresses and keys, your consent to it, and the profiles that came from it.</p>
      <p>Kept: messages you already have. To connect again you need an invite, or to accept its request.</p>
      <div class="row-actions">
        <Button kind="danger" onClick={forget}>
          Forget peer
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
