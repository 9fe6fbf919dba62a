/** Your Invite Code (05 section 10.4, C-1, C-2). */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../api/client.ts';
import type { InviteAnswer, KeptPublicAddress } from '../../api/types.ts';
import { diagnostics, keepPublicAddress, readInviteCode, readKeptAddress } from '../../state/mesh.ts';
import { readPublicAddress } from '../../state/public-address.ts';
import { isOwner } from '../../state/session.ts';
import { Button, CopyButton } from '../button.tsx';
import { Field } from '../field.tsx';
import { Notice } from '../parts.tsx';
import { QrButton } from '../qr-button.tsx';
import { Region } from '../region.tsx';

/** The mesh port unless the node says another. */
const DEFAULT_PORT = '7771';

interface PublicFields {
  host: string;
  port: string;
}

/** As the node remembers it. */
function fieldsOf({ public_host, public_port, external_endpoint }: KeptPublicAddress): PublicFields {
  return { host: external_endpoint === '' ? public_host : external_endpoint, port: public_port };
}

export function YourInvite() {
  const [fields, setFields] = useState<PublicFields>({ host: '', port: '' });
  const [invite, setInvite] = useState<InviteAnswer | null>(null);
  const [problem, setProblem] = useState<{ field: 'host' | 'port' | 'all'; message: string } | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const meshPort = diagnostics.value?.local.mesh_port;
  const port = fields.port === '' ? String(meshPort ?? DEFAULT_PORT) : fields.port;

  const show = async (work: () => Promise<InviteAnswer>): Promise<void> => {
    try {
      setInvite(await work());
      setProblem(null);
    } catch (cause) {
      const field = cause instanceof ApiError && cause.code === 'invalid_public_port' ? 'port' : 'host';
      const message = cause instanceof Error ? cause.message : 'The code could not be made.';
      setProblem({ field: cause instanceof ApiError && cause.status === 400 ? field : 'all', message });
    }
  };
  const begin = (): Promise<void> =>
    show(async () => {
      const kept = fieldsOf(await readKeptAddress());
      setFields(kept);
      const address = readPublicAddress(kept.host, kept.port);
      return readInviteCode(address.ok ? address.query : '');
    });
  const regenerate = async (): Promise<void> => {
    const address = readPublicAddress(fields.host, fields.host === '' ? '' : port);
    if (!address.ok) return setProblem(address);
    await show(async () => {
      // A setting of the node: others make a code with their address and keep it themselves.
      if (isOwner.value) await keepPublicAddress(address.query);
      return readInviteCode(address.query);
    });
  };
  useEffect(() => void begin(), []);

  return (
    <Region title="Your Invite Code" class="own-invite">
      {problem?.field === 'all' ? (
        <Notice tone="danger" action={<Button onClick={begin}>Retry</Button>}>
          {problem.message}
        </Notice>
      ) : null}
      {invite === null ? null : (
        <>
          <dl class="facts">
            <dt>Peer ID</dt>
            <dd>
              <code>{invite.peer_id}</code>
            </dd>
            <dt>Reachable at</dt>
            <dd>
              {invite.endpoints.length === 0 ? (
                'no address'
              ) : (
                <ul class="plain-list">
                  {invite.endpoints.map((endpoint) => (
                    <li key={endpoint}>
                      <code>{endpoint}</code>
                    </li>
                  ))}
                </ul>
              )}
            </dd>
          </dl>
          {invite.endpoints.length === 0 ? (
            <Notice tone="warn">
              No address of this device was found. The code can be used only after you give a public address
              below.
            </Notice>
          ) : null}
          <div class="field">
            <label for="own-invite">Invite code</label>
            <textarea
              id="own-invite"
              ref={area}
              class="input code"
              rows={4}
              readOnly
              value={invite.invite_code}
              onFocus={(event) => event.currentTarget.select()}
            />
            <p class="note">It holds public keys and addresses, no secret.</p>
          </div>
          <div class="row-actions">
            <CopyButton text={invite.invite_code} source={() => area.current} />
            <QrButton text={invite.invite_code} what="invite code" />
          </div>
        </>
      )}
      <form
        class="public-address"
        onSubmit={(event) => {
          event.preventDefault();
          void regenerate();
        }}
      >
        <Field
          label="Public IP"
          value={fields.host}
          onInput={(host) => setFields({ ...fields, host })}
          hint="Address or name others reach you at, over the internet or a VPN"
          error={problem?.field === 'host' ? problem.message : null}
          inputmode="url"
        />
        <Field
          label="Port"
          value={port}
          onInput={(value) => setFields({ ...fields, port: value })}
          error={problem?.field === 'port' ? problem.message : null}
          inputmode="numeric"
        />
        <Button type="submit">Regenerate</Button>
      </form>
    </Region>
  );
}
