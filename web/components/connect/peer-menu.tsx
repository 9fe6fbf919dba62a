/** More actions of a connected peer. */
import { useId, useState } from 'preact/hooks';
import type { PeerCard } from '../../state/peers.ts';
import { Button } from '../button.tsx';
import { MoreIcon } from '../icons.tsx';
import { closePopover, Popover } from '../popover.tsx';
import type { SetError } from './attempt.ts';
import { ForgetDialog } from './forget-dialog.tsx';

interface PeerMenuProps {
  peer: PeerCard;
  setError: SetError;
}

export function PeerMenu({ peer, setError }: PeerMenuProps) {
  const id = `peer-menu-${useId()}`;
  const [forgetting, setForgetting] = useState(false);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="More actions"
        title="More actions"
        popovertarget={id}
      >
        <MoreIcon />
      </button>
      <Popover id={id} label={`More actions for ${peer.name}`}>
        <div class="menu-items">
          <Button
            onClick={() => {
              closePopover(id);
              setForgetting(true);
            }}
          >
            Forget
          </Button>
        </div>
        {peer.endpoints.length === 0 ? null : <p class="quiet-text">{peer.endpoints.join(', ')}</p>}
      </Popover>
      {forgetting ? (
        <ForgetDialog peer={peer} setError={setError} onClose={() => setForgetting(false)} />
      ) : null}
    </>
  );
}
