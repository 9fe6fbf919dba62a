/**
 * The libraries of a node whole (07): the libraries themselves, what replicates their records, what moves their content,
 * and the meeting by passphrase where there is one. Only `node.ts` builds it.
 */
import * as z from 'zod';
import { assetFilterSchema } from '../wire/assets.ts';
import type { AssetFilter } from '../wire/assets.ts';
import type { PeerId } from '../wire/ids.ts';
import { LIBRARY } from '../wire/native-extensions.ts';
import type { Requests } from '../workspace/requests.ts';
import type { Trust } from '../workspace/trust.ts';
import { Content } from './content/content.ts';
import type { ContentComponents, ContentInit } from './content/components.ts';
import { Libraries } from './libraries.ts';
import type { LibrariesComponents } from './libraries.ts';
import { ignoreMeetings, PassphraseMeetings } from './meeting/passphrase-meetings.ts';
import { meetingLibrary, passphraseSecret } from './meeting/secrets.ts';
import { addressOf } from './peer-address.ts';
import { Replication } from './replication/replication.ts';
import type { ReplicationComponents } from './replication/replication.ts';

export interface AssemblyComponents extends LibrariesComponents {
  assets: ContentComponents['assets'] & ReplicationComponents['assets'];
  transfers: ContentComponents['transfers'];
  refused: ReplicationComponents['refused'];
  workspace: { requests: Requests; trust: Trust };
}

export interface AssemblyInit extends ContentInit {
  /** Between two looks for assets that belong into a library and are not said to be in it, ms (07 section 4). */
  fullScanIntervalMs: number;
  /** What nodes that meet hold, and which assets their library takes, as JSON; `null` for no meeting. */
  meeting: { passphrase: string; filter: string } | null;
}

/** What {@link assembleLibraries} made; start and stop are idempotent. */
export interface LibraryRoom {
  readonly libraries: Libraries;
  readonly replication: Replication;
  readonly content: Content;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Builds it; with a passphrase that takes a third of a second beside the event loop.
 * @throws an error of one line when the filter of the meeting is none.
 */
export async function assembleLibraries(
  components: AssemblyComponents,
  init: AssemblyInit,
): Promise<LibraryRoom> {
  const { mesh, identity, ports, log } = components;
  const { links } = mesh;
  const parts = { ...components, ...ports, links };
  const libraries = new Libraries(components);
  const replication = new Replication(
    { ...parts, records: libraries.records, view: libraries },
    { localPeer: identity.peerId, fullScanIntervalMs: init.fullScanIntervalMs },
  );
  const content = new Content(
    {
      ...parts,
      view: libraries,
      mayCarry: (link) => link.via === null || mesh.relays.isOffered(link.peerId),
      tellAgain: (link, libraryId, hashes) => replication.tellAgain(link, libraryId, hashes),
      offence: (peer, offence) => mesh.offence(peer, offence),
    },
    { maxUp: init.maxUp, maxDown: init.maxDown },
  );
  replication.onHeard((link, libraryId, hashes) => content.told(link, libraryId, hashes));
  const meetings = await makeMeetings(components, libraries, init.meeting);
  return {
    libraries,
    replication,
    content,
    start: () => {
      replication.start();
      content.start();
      libraries.start();
      meetings?.start();
      if (meetings !== null)
        log.info(
          { filter: init.meeting?.filter },
          'nodes that know the passphrase are accepted and share a library',
        );
    },
    stop: async () => {
      meetings?.stop();
      libraries.stop();
      await content.stop();
      replication.stop();
    },
  };
}

async function makeMeetings(
  { workspace, mesh, identity, crypto, ports, log }: AssemblyComponents,
  libraries: Libraries,
  wish: AssemblyInit['meeting'],
): Promise<PassphraseMeetings | null> {
  const { links } = mesh;
  if (wish === null) {
    ignoreMeetings(links);
    return null;
  }
  const filter = readFilter(wish.filter);
  const secret = await passphraseSecret(wish.passphrase);
  const meetings = new PassphraseMeetings(
    {
      ...ports,
      random: ports.random,
      links,
      log,
      addressOf: (peer) => addressOf(mesh.peerInfo(peer)),
      takesPart: (link) => link.capabilities.includes(LIBRARY),
      accept: (peer) => accept(workspace, peer),
      offence: (peer, offence) => mesh.offence(peer, offence),
    },
    { localPeer: identity.peerId, secret },
  );
  libraries.meet(meetingLibrary(crypto, secret, filter), meetings);
  return meetings;
}

/** The content of a peer that was met is accepted, unless a person decided otherwise. */
function accept({ requests, trust }: AssemblyComponents['workspace'], peer: PeerId): void {
  const asked = requests.get(peer)?.state;
  if (trust.state(peer).explicit || asked === 'ignored' || asked === 'blocked') return;
  trust.accept(peer);
  requests.settle(peer);
}

function readFilter(text: string): AssetFilter {
  const parsed = assetFilterSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `The filter of the library of those who meet (--mesh-library-filter) is none: ${z.prettifyError(parsed.error)}`,
  );
}
