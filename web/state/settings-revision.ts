/** Counts how often keys or settings became others somewhere else; what shows them reads them again (05 section 10.8, L-4). */
import { signal } from '@preact/signals';

export const settingsRevision = signal(0);
