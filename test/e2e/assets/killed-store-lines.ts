/** What a store that is going to be killed is told, and what it says (`killed-store.ts`). */

/** One life of it. */
export interface Life {
  folder: string;
  /** Whether bytes are encrypted on the disk. */
  seals: boolean;
  seed: number;
  point: number;
  /** The step towards the disk that is its last; 0 for none. */
  lastStep: number;
  /** Whether it does anything but look. */
  works: boolean;
  /** Things each writer does at most. */
  most: number;
  /** Hashes it is to say whether they are hidden. */
  mayBeHidden: string[];
}

/** What a store found when it began. */
export interface Finding {
  /** What no kill may leave. */
  faults: string[];
  assets: Record<string, { tags: string[]; local: boolean }>;
  hidden: string[];
}

export type Line =
  | { kind: 'started'; finding: Finding }
  | { kind: 'ingested'; hash: string; tag: string; created: boolean }
  | { kind: 'adopted'; hash: string }
  | { kind: 'deletes'; hash: string }
  | { kind: 'deleted'; hash: string };
