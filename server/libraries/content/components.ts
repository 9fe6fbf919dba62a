/** What content transfer is built of; narrow, so that tests can hand in less than a node. */
import type { Offence } from '../../mesh/secure/alarm-reasons.ts';
import type { SecureLink, SecureLinks } from '../../mesh/secure/types.ts';
import type { Clock, Random, Timers } from '../../ports/types.ts';
import type { LibraryTransfers } from '../../store/library-transfers.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash, LibraryId, PeerId } from '../../wire/ids.ts';
import type { Assets, LibraryView } from '../types.ts';

export interface ContentComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  links: SecureLinks;
  assets: Assets;
  view: LibraryView;
  transfers: LibraryTransfers;
  bus: EventBus;
  log: Log;
  /** Whether content may go over this session: a relay carries it only if it offered to (06 section 2.3). */
  mayCarry(link: SecureLink): boolean;
  /** Tells a member these records of a library again: what it asked for in vain is here now. */
  tellAgain(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]): void;
  /** A peer did what no honest one does. */
  offence(peer: PeerId, offence: Offence): void;
}

/** Bytes per second of the whole node; `null` for no limit. */
export interface ContentInit {
  maxUp: number | null;
  maxDown: number | null;
}
