/** Making an API key, and showing it once (05 sections 10.2 and 10.15, K-1; 10.13, X-7). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { EXPIRIES, PERMISSIONS, PRESETS } from '../state/permissions.ts';
import { api } from '../state/session.ts';
import { Button, CopyButton } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Notice } from './parts.tsx';

const DEFAULT_DAYS = 30;

interface NewKeyDialogProps {
  onMade: () => void;
  onClose: () => void;
}

export function NewKeyDialog({ onMade, onClose }: NewKeyDialogProps) {
  const [made, setMade] = useState<string | null>(null);
  return (
    <Dialog title="Generate New Key" onClose={made === null ? onClose : undefined}>
      {made === null ? (
        <KeyForm
          onCancel={onClose}
          onMade={(key) => {
            setMade(key);
            onMade();
          }}
        />
      ) : (
        <MadeKey apiKey={made} onDone={onClose} />
      )}
    </Dialog>
  );
}

function KeyForm({ onMade, onCancel }: { onMade: (key: string) => void; onCancel: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(PRESETS[1]?.permissions));
  const [days, setDays] = useState<number | null>(DEFAULT_DAYS);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const toggle = (permission: string): void => {
    const next = new Set(chosen);
    if (!next.delete(permission)) next.add(permission);
    setChosen(next);
  };
  const generate = async (): Promise<void> => {
    if (chosen.size === 0) {
      setError('Choose at least one permission.');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const permissions = PERMISSIONS.map((permission) => permission.name).filter((permission) =>
        chosen.has(permission),
      );
      const body = { permissions, expires_days: days, ...(name.trim() === '' ? {} : { name: name.trim() }) };
      onMade((await api.post<{ api_key: string }>('/api/v1/keys', body)).api_key);
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'The key could not be made.');
      setBusy(false);
    }
  };

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void generate();
      }}
    >
      {error === null ? null : <Notice tone="danger">{error}</Notice>}
      <Field label="Name" value={name} onInput={setName} maxLength={50} hint="For you, to tell keys apart." />
      <fieldset>
        <legend>Permissions</legend>
        <div class="row-actions">
          {PRESETS.map((preset) => (
            <Button key={preset.label} onClick={() => setChosen(new Set(preset.permissions))}>
              {preset.label}
            </Button>
          ))}
        </div>
        <div class="checks">
          {PERMISSIONS.map((permission) => (
            <label key={permission.name} class="check">
              <input
                type="checkbox"
                checked={chosen.has(permission.name)}
                onChange={() => toggle(permission.name)}
              />
              <span>
                {permission.label} <code>{permission.name.toUpperCase()}</code>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field">
        <label for="key-expires">Expires</label>
        <select
          id="key-expires"
          class="input"
          value={days === null ? 'never' : String(days)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setDays(value === 'never' ? null : Number(value));
          }}
        >
          {EXPIRIES.map((expiry) => (
            <option key={expiry.label} value={expiry.days === null ? 'never' : String(expiry.days)}>
              {expiry.label}
            </option>
          ))}
        </select>
      </div>
      <div class="row-actions">
        <Button type="submit" kind="primary" busy={busy}>
          Generate Key
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  );
}

function MadeKey({ apiKey, onDone }: { apiKey: string; onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  // What had the focus is gone: the key itself is what is to be read and copied.
  useLayoutEffect(() => field.current?.focus(), []);
  const command = `curl -s ${window.location.origin}/api/v1/p2p/peers -H "X-API-Key: ${apiKey}"`;
  return (
    <div class="form">
      <Notice tone="warn">This is the only time the key is shown. Keep it where you keep passwords.</Notice>
      <div class="field">
        <label for="made-key">API key</label>
        <div class="input-with-button">
          <input
            id="made-key"
            ref={field}
            class="input code"
            readOnly
            value={apiKey}
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton text={apiKey} source={() => field.current} />
        </div>
      </div>
      <p>Try it:</p>
      <pre class="command" tabIndex={0}>
        {command}
      </pre>
      <Button kind="primary" onClick={onDone}>
        Done
      </Button>
    </div>
  );
}
