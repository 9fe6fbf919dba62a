/** How closely messages stand (05 section 11.2): comfortable, or compact with smaller text and without pictures. */
import { signal } from '@preact/signals';
import { browserStore } from './storage.ts';

export const DENSITIES = [
  ['comfortable', 'Comfortable'],
  ['compact', 'Compact'],
] as const;
export type Density = (typeof DENSITIES)[number][0];

const KEY = 'density';

export const density = signal<Density>('comfortable');

/** Shows messages so and keeps the choice in this browser. */
export function chooseDensity(chosen: Density): void {
  density.value = chosen;
  browserStore.write(KEY, chosen === 'comfortable' ? null : chosen);
  document.documentElement.classList.toggle('compact', chosen === 'compact');
}

/** Takes up what was chosen before. Called once. */
export function startDensity(): void {
  if (browserStore.read(KEY) === 'compact') chooseDensity('compact');
}
