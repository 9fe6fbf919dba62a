/** Who shares a library, what they may do, and removing them (07 section 5). */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { changeMember, members, removeMember, type Member } from '../../state/libraries.ts';
import type { Library, LibraryMode } from '../../state/library-words.ts';
import { peerName, reachOf, status } from '../../state/mesh.ts';
import { counted } from '../../state/numbers.ts';
import type { Reach } from '../../state/peers.ts';
import { Button } from '../button.tsx';
import { Dialog } from '../dialog.tsx';
import { Select } from '../field.tsx';
import { Avatar, Name, ReachBadge } from '../parts.tsx';
import { Region } from '../region.tsx';
import { problemText, useSaving } from '../saving.ts';
import { SaveRow } from '../save-row.tsx';

const MODES = [
  ['write', 'Adds files'],
  ['read', 'Receives only'],
] as const;

export function Members({ library, action }: { library: Library; action: ComponentChildren }) {
  const shown = members.value.filter(({ mode }) => mode !== 'none');
  return (
    <Region title="Members" action={action}>
      <ul class="cards">
        {shown.map((member) => (
          <li key={member.peer_id}>
            <MemberCard library={library} member={member} />
          </li>
        ))}
      </ul>
    </Region>
  );
}

function MemberCard({ library, member }: { library: Library; member: Member }) {
  const [error, setError] = useState<string | null>(null);
  const [removing, setRemoving] = useState(false);
  const self = member.peer_id === status.value?.peer_id;
  const name = self ? 'This device' : peerName(member.peer_id);
  const manages = library.role === 'owner' && library.state === 'active' && member.mode !== 'owner';
  const role = member.mode === 'owner' ? 'Owner' : member.mode === 'write' ? 'Adds files' : 'Receives only';
  return (
    <article class="card">
      <Avatar id={member.peer_id} name={name} />
      <div class="card-body">
        <p class="card-title">
          <strong>
            <Name>{name}</Name>
          </strong>
          {self ? null : <ReachBadge reach={reachOfMember(member)} />}
        </p>
        <p class="quiet-text facts-line">
          <span>{role}</span>
          <span>{counted(member.records, 'file from it', 'files from it')}</span>
          <code>{member.peer_id}</code>
        </p>
        {manages ? (
          <div class="row-actions">
            <Select
              label={`What ${name} may do`}
              value={member.mode}
              options={MODES}
              onChange={(mode) =>
                void changeMember(library.id, member.peer_id, mode as LibraryMode).then(
                  () => setError(null),
                  (cause: unknown) => setError(problemText(cause)),
                )
              }
            />
            <Button kind="danger" onClick={() => setRemoving(true)} label={`Remove ${name}…`}>
              Remove…
            </Button>
          </div>
        ) : null}
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
      </div>
      {removing ? (
        <RemoveDialog library={library} member={member} name={name} onClose={() => setRemoving(false)} />
      ) : null}
    </article>
  );
}

/** A member whose conversations nobody accepted is in no list of peers, and connected all the same. */
function reachOfMember(member: Member): Reach {
  const reach = reachOf(member.peer_id);
  return member.connected && reach.kind === 'offline' ? { kind: 'direct' } : reach;
}

interface RemoveDialogProps {
  library: Library;
  member: Member;
  name: string;
  onClose: () => void;
}

function RemoveDialog({ library, member, name, onClose }: RemoveDialogProps) {
  const [keep, setKeep] = useState(true);
  const { outcome, run } = useSaving();
  return (
    <Dialog title={`Remove ${name}?`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const work = () => removeMember(library.id, member.peer_id, keep);
          void run(work, 'Removed').then((done) => (done ? onClose() : undefined));
        }}
      >
        <p>
          {name} keeps what it has. Members that have not heard of the removal yet go on giving it files until
          they have.
        </p>
        <label class="check">
          <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} />
          <span>Keep the files it added, as yours</span>
        </label>
        <SaveRow action="Remove" danger outcome={outcome}>
          <Button onClick={onClose}>Cancel</Button>
        </SaveRow>
      </form>
    </Dialog>
  );
}
