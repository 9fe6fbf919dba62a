/** The question before a channel stops being encrypted because of somebody who cannot read it so (05 section 10.13, X-8). */
import { Button } from '../button.tsx';
import { Notice } from '../parts.tsx';

interface EndsEncryptionProps {
  /** Who cannot read it; absent where it is one of several. */
  name?: string;
  action: string;
  onAccept: () => Promise<void>;
  onCancel: () => void;
}

export function EndsEncryption({ name, action, onAccept, onCancel }: EndsEncryptionProps) {
  return (
    <div class="form" role="group" aria-label="Encryption ends">
      <Notice tone="warn">
        {name === undefined ? (
          'The device of one of these people'
        ) : (
          <>
            The device of <bdi>{name}</bdi>
          </>
        )}{' '}
        cannot read encrypted channels. With them in it, messages are no longer encrypted for the members
        alone, for anybody: they are protected on each connection only.
      </Notice>
      <div class="row-actions">
        <Button kind="danger" onClick={onAccept}>
          {action}
        </Button>
        <Button onClick={onCancel} autoFocus>
          Leave it encrypted
        </Button>
      </div>
    </div>
  );
}
