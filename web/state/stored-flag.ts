/** A choice between yes and no, kept in this browser until somebody signs out (05 section 10.15, K-2). */
import { signal, type ReadonlySignal } from '@preact/signals';
import { browserStore } from './storage.ts';

export interface StoredFlag extends ReadonlySignal<boolean> {
  /** Chooses, and keeps the choice. */
  choose(value: boolean): void;
}

/** @param key its name in the browser's storage. */
export function storedFlag(key: string, usual: boolean): StoredFlag {
  const stored = browserStore.read(key);
  const flag = signal(typeof stored === 'boolean' ? stored : usual);
  return Object.assign(flag, {
    choose(value: boolean): void {
      flag.value = value;
      browserStore.write(key, value === usual ? null : value);
    },
  });
}
