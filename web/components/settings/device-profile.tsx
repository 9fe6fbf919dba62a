/** Device Profile: the name other devices show for this node (03 section 1.3, 05 sections 3.3 and 10.2). */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Field } from '../field.tsx';
import { ConnectIcon } from '../icons.tsx';
import { Notice } from '../parts.tsx';
import { base64Of, PictureChoice } from '../picture-choice.tsx';
import { Region } from '../region.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';

const ADDRESS = '/api/v1/device/profile';

interface Device {
  display_name: string;
  description: string;
  avatar_b64: string | null;
  avatar_mime: string | null;
}

export function DeviceProfile() {
  const [device, setDevice] = useState<Device | null>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const { outcome, run, clear } = useSaving();

  const load = async (): Promise<void> => {
    try {
      setDevice(await api.get<Device>(ADDRESS));
      setUnread(null);
    } catch (cause) {
      setUnread(cause instanceof Error ? cause.message : 'The device profile could not be read.');
    }
  };
  useEffect(() => void load(), []);

  const hasPicture = device?.avatar_b64 != null && device.avatar_b64 !== '';
  const setPicture = async (avatar: string): Promise<void> => {
    await api.post(ADDRESS, { avatar_b64: avatar });
    const { avatar_b64, avatar_mime } = await api.get<Device>(ADDRESS);
    if (device !== null) setDevice({ ...device, avatar_b64, avatar_mime });
  };
  const change = (changes: Partial<Device>): void => {
    if (device !== null) setDevice({ ...device, ...changes });
    clear();
  };
  return (
    <Region title="Device Profile">
      <p class="quiet-text">How this node appears to the people and devices it is connected with.</p>
      {unread === null ? null : (
        <Notice tone="danger" action={<Button onClick={load}>Retry</Button>}>
          {unread}
        </Notice>
      )}
      {device === null ? null : (
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            const { display_name, description } = device;
            void run(() => api.post(ADDRESS, { display_name, description }));
          }}
        >
          <PictureChoice
            what="this device"
            has={hasPicture}
            save={async (picture) => setPicture(await base64Of(picture))}
            remove={() => setPicture('')}
          >
            {hasPicture ? (
              <img
                class="device-picture"
                src={`data:${device.avatar_mime ?? 'image/jpeg'};base64,${device.avatar_b64 ?? ''}`}
                alt=""
              />
            ) : (
              <span class="device-picture" aria-hidden="true">
                <ConnectIcon />
              </span>
            )}
          </PictureChoice>
          <Field
            label="Device name"
            value={device.display_name}
            onInput={(display_name) => change({ display_name })}
            maxLength={100}
            error={problemOf(outcome, 'display_name')}
          />
          <Field
            label="Description"
            value={device.description}
            onInput={(description) => change({ description })}
            maxLength={500}
            rows={2}
            error={problemOf(outcome, 'description')}
          />
          <SaveRow action="Save" outcome={outcome} fields={['display_name', 'description']} />
        </form>
      )}
    </Region>
  );
}
