/** Storage: how much this node keeps, for how long, and what its owner can do about it (05 section 10.15, K-2). */
import { useState } from 'preact/hooks';
import { EXPORT_ADDRESS, forgetImport } from '../../state/database-import.ts';
import { cleanedWords, restWords } from '../../state/node-info.ts';
import { bytesText } from '../../state/relay.ts';
import { api, isOwner } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Notice } from '../parts.tsx';
import { Region } from '../region.tsx';
import { useSaving } from '../saving.ts';
import { ImportDialog } from './import-dialog.tsx';
import { useNodeInfo } from './use-node-info.ts';

export function Storage() {
  const { info, error, load } = useNodeInfo();
  const { outcome, run } = useSaving();
  const [removed, setRemoved] = useState<string | null>(null);
  const [importing, setImporting] = useState(false);
  const cleanUp = async (): Promise<void> => {
    setRemoved(null);
    await run(async () => {
      const answer = await api.post<{ expired_removed: number; files_removed: number }>(
        '/api/v1/admin/cleanup',
      );
      setRemoved(cleanedWords(answer.expired_removed, answer.files_removed));
    }, 'Cleaned up');
    await load();
  };
  return (
    <Region title="Storage">
      {error === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {error}
        </Notice>
      )}
      {info === null ? null : (
        <dl class="facts">
          <dt>Messages</dt>
          <dd>
            {info.database.channel_messages.toLocaleString()} in channels,{' '}
            {info.database.direct_messages.toLocaleString()} direct
          </dd>
          <dt>Database</dt>
          <dd>{bytesText(info.database.bytes)}</dd>
          <dt>Files</dt>
          <dd>
            {info.files.count.toLocaleString()}, {bytesText(info.files.bytes)}
          </dd>
          <dt>Free on the disk</dt>
          <dd>{info.disk_free_bytes === null ? '–' : bytesText(info.disk_free_bytes)}</dd>
          <dt>On the disk</dt>
          <dd>{restWords(info.database.mode)}</dd>
        </dl>
      )}
      <p class="note">
        A message is kept for the lifespan its author chose, three months unless changed; then it is removed
        here by itself. Files of other devices go when nothing refers to them any more.
      </p>
      {isOwner.value ? (
        <>
          <div class="row-actions">
            <Button busy={outcome.kind === 'busy'} onClick={cleanUp}>
              Clean up now
            </Button>
            {outcome.kind === 'saved' ? <span class="saved">{removed}</span> : null}
            {outcome.kind === 'refused' ? (
              <p class="note error" role="alert">
                {outcome.text}
              </p>
            ) : null}
          </div>
          {info?.database.import_waiting === true ? (
            <Notice
              tone="warn"
              action={<Button onClick={() => forgetImport().then(load)}>Keep the present one</Button>}
            >
              An imported database waits. Restart this node: it takes the place of the present one then.
            </Notice>
          ) : null}
          <div class="row-actions">
            <a class="button plain" href={EXPORT_ADDRESS} download>
              Export database
            </a>
            <Button onClick={() => setImporting(true)}>Import database…</Button>
          </div>
          <p class="note">
            A database holds accounts, channels and messages, but neither files nor the identity of this node;
            what is encrypted in it opens on this node alone.
          </p>
          {importing ? (
            <ImportDialog
              onClose={() => setImporting(false)}
              onDone={() => {
                setImporting(false);
                void load();
              }}
            />
          ) : null}
          <p class="note">
            To take everything with you, run <code>npx canopy backup DIRECTORY</code> on the machine of this
            node; <code>npx canopy restore DIRECTORY</code> brings it back.
            {info?.database.mode === 'reference' ? (
              <>
                {' '}
                <code>npx canopy storage encrypt</code> encrypts everything on the disk.
              </>
            ) : null}
          </p>
        </>
      ) : null}
    </Region>
  );
}
