/** Device Profile: the name other devices show for this node (03 section 1.3, 05 sections 3.3 and 10.2). */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../../state/session.ts';
import { Button } from '../button.tsx';
import { Field } from '../field.tsx';
import { Notice } from '../parts.tsx';
import { Region } from '../region.tsx';
import { SaveRow } from '../save-row.tsx';
import { problemOf, useSaving } from '../saving.ts';

const ADDRESS = '/api/v1/device/profile';

interface Device {
  display_name: string;
  description: string;
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
