/**
 * How far this node helps others to meet, kept in `relay_settings.json` (01 section 1.4): a value in the environment
 * wins over the file and is written to it.
 */
import * as z from 'zod';
import { readJsonFile, writeFileAtomic } from './atomic-file.ts';

/** `off`, introduce two peers to each other, or carry their messages as well. */
export const RELAY_POLICIES = ['off', 'broker_only', 'full_relay'] as const;
export type RelayPolicy = (typeof RELAY_POLICIES)[number];

const DEFAULT_POLICY: RelayPolicy = 'broker_only';
const policySchema = z.enum(RELAY_POLICIES);
const fileSchema = z.object({ relay_policy: policySchema });

/** Exact text of the file. */
export function relaySettingsText(policy: RelayPolicy): string {
  return `{"relay_policy": "${policy}"}`;
}

/** Writes the policy a person chose. */
export function saveRelayPolicy(file: string, policy: RelayPolicy): void {
  writeFileAtomic(file, relaySettingsText(policy));
}

/** The policy in force: kept in its file, told to whoever acts on it (02 section 4). */
export class RelaySettings {
  /** The environment set the policy this process started with. */
  readonly fromEnvironment: boolean;
  readonly #file: string;
  readonly #changed = new Set<(policy: RelayPolicy) => void>();
  #policy: RelayPolicy;

  /** @param override value of `CANOPY_RELAY_POLICY`, if set. */
  constructor(file: string, override?: string) {
    this.#file = file;
    this.fromEnvironment = override !== undefined;
    this.#policy = loadRelayPolicy(file, override);
  }

  get policy(): RelayPolicy {
    return this.#policy;
  }

  onChange(changed: (policy: RelayPolicy) => void): void {
    this.#changed.add(changed);
  }

  /** Applies at once and survives a restart, unless the environment says otherwise then. */
  set(policy: RelayPolicy): void {
    saveRelayPolicy(this.#file, policy);
    this.#policy = policy;
    for (const changed of this.#changed) changed(policy);
  }
}

/**
 * The policy to start with.
 * @param override value of `CANOPY_RELAY_POLICY`; anything but the three words means the default.
 */
export function loadRelayPolicy(file: string, override?: string): RelayPolicy {
  if (override !== undefined) {
    const policy = policySchema.catch(DEFAULT_POLICY).parse(override);
    saveRelayPolicy(file, policy);
    return policy;
  }
  try {
    return readJsonFile(file, fileSchema)?.relay_policy ?? DEFAULT_POLICY;
  } catch {
    return DEFAULT_POLICY; // A damaged file is no reason not to start; the next change replaces it.
  }
}
