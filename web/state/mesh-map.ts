/** What the mesh map shows of each device (05 section 10.4, C-9), and where. Pure. */
import type { PeerCard } from './peers.ts';

export const WIDTH = 480;
const MIDDLE = { x: WIDTH / 2, y: 130 };
const RADIUS_X = 170;
const RADIUS_Y = 84;
/** Labels longer than this are cut in the picture; the table has them in full. */
const MAX_LABEL = 14;
/** With more devices than this their labels would lie over each other. */
const MAX_LABELLED = 24;
/** Devices drawn. */
const MAX_SHOWN = 200;

interface Point {
  x: number;
  y: number;
}

/** One device as drawn. */
export interface MapNode {
  peer: PeerCard;
  at: Point;
  /** Where its line begins: this node, or the one that carries; `null` without a connection. */
  from: Point | null;
  kind: PeerCard['reach']['kind'];
  /** Whether others on the way can read what goes over the line. */
  readable: boolean;
  /** Below the device; `null` where there is no room. */
  label: string | null;
  /** Round trip and what waits, below the label; empty for nothing to say. */
  facts: string;
  /** All of it, for whoever does not see the picture. */
  words: string;
}

/** The middle, which is this node. */
export const HERE: Point = MIDDLE;

/** How far a name stands from its device: below it, and above it with its facts between. */
export const BELOW = 24;
export const ABOVE = 14;
export const FACTS = 14;
/** Below this node, whose sign is larger. */
export const BELOW_HERE = 26;
/** Room for the height of a line, and for what hangs below it. */
const LINE = 14;
const DESCENT = 6;
/** What is pressed around a device. */
export const REACH = 22;

/** From where to where the drawing reaches: no empty room stands between it and what follows. */
export function mapFrame(nodes: readonly Pick<MapNode, 'at' | 'facts'>[]): { top: number; height: number } {
  const top = Math.min(
    MIDDLE.y - REACH,
    ...nodes.map(({ at, facts }) =>
      at.y < MIDDLE.y ? at.y - Math.max(REACH, ABOVE + (facts === '' ? 0 : FACTS) + LINE) : at.y - REACH,
    ),
  );
  const bottom = Math.max(
    MIDDLE.y + BELOW_HERE + DESCENT,
    ...nodes.map(({ at, facts }) =>
      at.y < MIDDLE.y ? at.y + REACH : at.y + BELOW + (facts === '' ? 0 : FACTS) + DESCENT,
    ),
  );
  return { top, height: bottom - top };
}

/** Every connected, known and introduced device, in a ring around this node. */
export function mapNodes(connected: readonly PeerCard[], known: readonly PeerCard[]): MapNode[] {
  const shown = [...connected, ...known].slice(0, MAX_SHOWN);
  const places = new Map(shown.map((peer, index) => [peer.peerId, place(index, shown.length)]));
  return shown.map((peer) => {
    const { reach } = peer;
    const linked = reach.kind === 'direct' || reach.kind === 'via';
    const carrier = reach.kind === 'via' ? places.get(reach.peerId) : undefined;
    const facts = [roundTrip(peer), waits(peer)].filter((fact) => fact !== null);
    return {
      peer,
      at: places.get(peer.peerId) ?? MIDDLE,
      from: linked ? (carrier ?? MIDDLE) : null,
      kind: reach.kind,
      readable: linked && peer.protection === 'signed',
      label: shown.length > MAX_LABELLED ? null : cut(peer.name),
      facts: shown.length > MAX_LABELLED ? '' : facts.join(' · '),
      words: [peer.name, reachText(peer), linked ? peer.protection : null, ...facts]
        .filter((part) => part !== null)
        .join(', '),
    };
  });
}

/** The `id` of the card of a device in the lists of Connect. */
export function cardId(peerId: string): string {
  return `peer-${peerId}`;
}

/** How it is connected, in words. */
export function reachText(peer: PeerCard): string {
  switch (peer.reach.kind) {
    case 'direct':
      return 'Direct';
    case 'via':
      return `Via ${peer.reach.name}`;
    case 'connecting':
      return 'Connecting';
    case 'brokering':
      return `Asking ${peer.reach.name}`;
    case 'offline':
      return peer.introducedBy === null ? 'Offline' : `Introduced by ${peer.introducedBy}`;
  }
}

/** `12 ms`; `null` when it was not measured. */
export function roundTrip({ rttMs }: Pick<PeerCard, 'rttMs'>): string | null {
  return rttMs === null ? null : `${Math.round(rttMs)} ms`;
}

/** `3 waiting`; `null` when nothing waits to go to it. */
function waits({ unsent }: Pick<PeerCard, 'unsent'>): string | null {
  return unsent === 0 ? null : `${unsent} waiting`;
}

/** Where the n-th of `count` devices stands on the ellipse around this node. */
function place(index: number, count: number): Point {
  const angle = (index / Math.max(1, count)) * 2 * Math.PI - Math.PI / 2;
  return { x: MIDDLE.x + RADIUS_X * Math.cos(angle), y: MIDDLE.y + RADIUS_Y * Math.sin(angle) };
}

function cut(name: string): string {
  const chars = [...name];
  return chars.length > MAX_LABEL ? `${chars.slice(0, MAX_LABEL - 1).join('')}…` : name;
}
