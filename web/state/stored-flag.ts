/** A choice between yes and no, kept in this browser, the same in all its tabs, until somebody signs out (05 section 10.15, K-2). */
import { signal, type ReadonlySignal } from '@preact/signals';
import { browserStore } from './storage.ts';

export interface StoredFlag extends ReadonlySignal<boolean> {
  /** Chooses, and keeps the choice. */
  choose(value: boolean): void;
}

/** @param key its name in the browser's storage. */
export function storedFlag(key: string, usual: boolean): StoredFlag {
  const valueOf = (stored: unknown): boolean => (typeof stored === 'boolean' ? stored : usual);
  const flag = signal(valueOf(browserStore.read(key)));
  browserStore.onChange(key, (stored) => (flag.value = valueOf(stored)));
  return Object.assign(flag, {
    choose(value: boolean): void {
      flag.value = value;
      browserStore.write(key, value === usual ? null : value);
    },
  });
}
