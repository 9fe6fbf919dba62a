/**
 * Whether a change that arrives is newer than what is stored (06 section 3.2): by its revision where it has one, else by
 * the time it was made, which the shared tables keep in whole seconds. Pure.
 */
import { rankOfVersion } from '../wire/item-id.ts';

/** What a change says of itself, and what is known. `same`: it was applied already. */
export function ageOf(
  change: { rev?: number | null },
  editedAt: number | null,
  known: { editedAt: number | null; versions: readonly { version: string }[] },
): 'newer' | 'same' | 'older' {
  if (change.rev == null) return editedAt !== null && editedAt < (known.editedAt ?? 0) ? 'older' : 'newer';
  const stored = newest(known.versions);
  if (change.rev === stored) return 'same';
  return change.rev < stored ? 'older' : 'newer';
}

/** The `canopy_rev` of a change made here at `now` (Unix ms): it grows with every change, whatever the clock does. */
export function nextRevision(versions: readonly { version: string }[], now: number): number {
  return Math.max(now, newest(versions) + 1);
}

function newest(versions: readonly { version: string }[]): number {
  return Math.max(-1, ...versions.map(({ version }) => rankOfVersion(version)));
}
