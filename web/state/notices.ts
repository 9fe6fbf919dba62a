/**
 * Short confirmations (05 section 11.5, Toast) and what screen readers are told. A toast is never the only place of an
 * error.
 */
import { signal } from '@preact/signals';

/** How many toasts are on the screen at most; the oldest gives way, and before it the oldest with nothing to choose. */
const MAX_TOASTS = 3;

/** One toast. With actions it stays until one is taken or it is closed. */
export interface Toast {
  key: string;
  text: string;
  actions: readonly { label: string; run: () => void | Promise<void> }[];
}

export const toasts = signal<readonly Toast[]>([]);
/** The last sentence for screen readers, in a polite live region. */
export const spoken = signal('');

/** Shows a toast; one with the same key is replaced. */
export function showToast(toast: Toast): void {
  const shown = [...toasts.value.filter((other) => other.key !== toast.key), toast];
  while (shown.length > MAX_TOASTS) {
    const told = shown.findIndex((other) => other.actions.length === 0 && other !== toast);
    shown.splice(Math.max(0, told), 1);
  }
  toasts.value = shown;
}

export function closeToast(key: string): void {
  toasts.value = toasts.value.filter((toast) => toast.key !== key);
}

/** Sentences follow each other no faster: one that stands for less is never heard. */
const SENTENCE_MS = 200;
const waiting: string[] = [];
let standing = false;

/** Says something to screen readers, after what was said before; the same sentence twice is said twice. */
export function speak(text: string): void {
  if (text === '') return;
  waiting.push(text);
  if (!standing) next();
}

function next(): void {
  const text = waiting.shift();
  standing = text !== undefined;
  if (text === undefined) return;
  spoken.value = spoken.value === text ? `${text}\u00a0` : text;
  setTimeout(next, SENTENCE_MS);
}
