/** When nothing is told (05 section 10.9, U-5): now, and at hours of every day. Kept in this browser. */
import { signal } from '@preact/signals';
import { browserStore } from './storage.ts';
import { storedFlag } from './stored-flag.ts';

/** Until it is turned off. */
export const doNotDisturb = storedFlag('do-not-disturb', false);
/** A short sound with each notification, made here. */
export const withSound = storedFlag('sound', false);

/** From and to as `HH:MM`; over midnight when the end is before the beginning. */
export interface QuietHours {
  from: string;
  to: string;
}

const KEY = 'quiet-hours';
/** Suggested when somebody turns them on. */
export const USUAL_HOURS: QuietHours = { from: '22:00', to: '07:00' };
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/u;

/** Null: none. */
export const quietHours = signal<QuietHours | null>(hoursOf(browserStore.read(KEY)));

browserStore.onChange(KEY, (stored) => (quietHours.value = hoursOf(stored)));

/** Whether nothing is told now, neither shown nor heard. */
export function isQuietNow(now = new Date()): boolean {
  return doNotDisturb.value || isQuiet(quietHours.value, now);
}

/** Chooses, and keeps the choice. What is no time is not kept. */
export function chooseQuietHours(hours: QuietHours | null): void {
  if (hours !== null && hoursOf(hours) === null) return;
  quietHours.value = hours;
  browserStore.write(KEY, hours);
}

/** Whether it is quiet at `now`, by the clock of this browser. */
export function isQuiet(hours: QuietHours | null, now: Date): boolean {
  if (hours === null) return false;
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const at = now.getHours() * 60 + now.getMinutes();
  return from <= to ? at >= from && at < to : at >= from || at < to;
}

function hoursOf(value: unknown): QuietHours | null {
  if (typeof value !== 'object' || value === null) return null;
  const { from, to } = value as Partial<Record<keyof QuietHours, unknown>>;
  if (typeof from !== 'string' || typeof to !== 'string' || !CLOCK.test(from) || !CLOCK.test(to)) return null;
  return { from, to };
}

function minutesOf(time: string): number {
  const [, hours = '0', minutes = '0'] = CLOCK.exec(time) ?? [];
  return Number(hours) * 60 + Number(minutes);
}
