/** A setting that is kept in this browser the moment it is chosen, and says so (05 section 10.15, K-2). */
import type { ComponentChildren } from 'preact';
import { Select, type SelectProps } from '../field.tsx';
import { SavedMark } from '../saved-mark.tsx';
import { useSaving, type Saving } from '../saving.ts';

/** One of several, kept at once. */
export function KeptSelect({ onChange, ...props }: SelectProps) {
  const saving = useSaving();
  return (
    <Kept saving={saving}>
      <Select {...props} onChange={(value) => keep(saving, () => onChange(value))} />
    </Kept>
  );
}

/** Keeps a choice; nobody has to be asked for it. */
export function keep({ run }: Saving, choose: () => void): void {
  void run(() => {
    choose();
    return Promise.resolve();
  });
}

/** What is chosen, and below it that it is kept. */
export function Kept({ saving: { outcome }, children }: { saving: Saving; children: ComponentChildren }) {
  return (
    <div>
      {children}
      <SavedMark outcome={outcome} />
    </div>
  );
}
