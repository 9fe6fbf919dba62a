/**
 * Sessions through a relay (06 section 2): opens and answers them inside signed envelopes, and hands what was proven to
 * the same {@link Links} that adopt direct sessions. The relay between carries ciphertext and chooses nothing but whether
 * it arrives.
 */
import type { KnownPeers } from '../../identity/known-peers.ts';
import { NoiseError } from '../../crypto/noise.ts';
import type { NoiseTransport } from '../../crypto/noise.ts';
import { SIGNATURE_BYTES } from '../../crypto/sizes.ts';
import { areSoundKeys } from '../../crypto/keys.ts';
import type { Clock, Random, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import { encodeBase58 } from '../../wire/base58.ts';
import type { Envelope } from '../../wire/envelope.ts';
import { normalizeCapabilities } from '../../wire/handshake-fields.ts';
import { PROTOCOL_VERSION } from '../../wire/handshake.ts';
import type { HandshakePeer } from '../../wire/handshake.ts';
import type { PeerId } from '../../wire/ids.ts';
import { SECURE_SESSION } from '../../wire/native-extensions.ts';
import { canonicalJson, fromPlain, toPlain } from '../../wire/pyjson.ts';
import type { PyValue } from '../../wire/pyjson.ts';
import {
  BadFrameError,
  CLOSE_CODES,
  CONTROL,
  closeBody,
  controlFrame,
  presenceBody,
} from '../../wire/secure-frames.ts';
import type { Presence } from '../../wire/secure-frames.ts';
import type { Connections } from '../connections.ts';
import type { Counters } from '../counters.ts';
import { PROBE_TIMEOUT } from '../limits.ts';
import type { Alarms } from '../secure/alarms.ts';
import type { Links } from '../secure/links.ts';
import { RecordChannel } from '../secure/record-channel.ts';
import { UpgradeError, readFirst } from '../secure/upgrade.ts';
import type { Upgrader } from '../secure/upgrade.ts';
import { HalfOpenTable, keyOf } from './half-open.ts';
import type { Answering, HalfOpen } from './half-open.ts';
import { acceptTunnel, answerTunnel } from './handshake.ts';
import type { TunnelHandshakeComponents } from './handshake.ts';
import { KEPT_FOR, MAX_REMEMBERED_PEERS, SHORT_LIVED, UNKNOWN_INTERVAL } from './limits.ts';
import { SID_BYTES, TUNNEL_CLOSE_WORDS, base64, readTunnelMessage, tunnelValue } from './messages.ts';
import type {
  AnswerJson,
  AnswerMessage,
  DataMessage,
  HelloJson,
  HelloMessage,
  TunnelCloseCode,
  TunnelJson,
  TunnelMessage,
} from './messages.ts';
import { OpeningTimes } from './opening-times.ts';
import { TunnelStream } from './stream.ts';

export interface TunnelsComponents extends TunnelHandshakeComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  knownPeers: Pick<KnownPeers, 'get'>;
  connections: Connections;
  links: Links;
  alarms: Alarms;
  upgrader: Pick<Upgrader, 'presence'>;
  counters: Counters;
  log: Log;
}

export interface TunnelsInit {
  localPeerId: PeerId;
  /** What this node offers; without secure sessions nothing is opened and nothing answered. */
  capabilities: readonly string[];
  /** Shown as the version of a peer that has never said its own: only this program opens such sessions. */
  canopyVersion: string;
  /** The next hop towards a peer; `null` when there is none. @param last the one its last message came through. */
  hop(peer: PeerId, last: PeerId | null): PeerId | null;
  /** Takes a turn with a next hop: 0, or how many ms to wait. */
  turn(hop: PeerId): number;
  /** Sends one message; it may be lost. */
  post(hop: PeerId, peer: PeerId, message: TunnelJson): void;
  /** The version a peer once said it runs. */
  versionOf(peer: PeerId): string | null;
  /** A session was adopted. @param hop the neighbour it goes through. */
  adopted(peer: PeerId, hop: PeerId): void;
  /** A session that was opened or answered here is over; another may have taken its place. */
  ended(peer: PeerId, opener: boolean): void;
}

/** A session whose key agreement is done. */
interface Tunnel {
  readonly peer: PeerId;
  readonly sid: string;
  readonly opener: boolean;
  stream: TunnelStream;
  /** The neighbour its last message came through. */
  hop: PeerId | null;
  /** Monotonic ms; `null` until the session is adopted. */
  adoptedAt: number | null;
  /** What this end accepted, and how, to say it again. */
  readonly accepted: { answerText: string; accept: TunnelJson } | null;
}

/** What was proven before the first record. */
interface Proven {
  transport: NoiseTransport;
  x25519: Uint8Array;
  shared: readonly string[];
}

/** All relayed sessions of this node. */
export class Tunnels {
  readonly #components: TunnelsComponents;
  readonly #init: TunnelsInit;
  readonly #half: HalfOpenTable;
  readonly #times: OpeningTimes;
  readonly #tunnels = new Map<string, Tunnel>();
  /** When a peer was last told that a session is unknown. */
  readonly #told = new Map<PeerId, number>();
  /** Peers whose direct session is being asked whether it lives. */
  readonly #asking = new Set<PeerId>();
  readonly #offers: boolean;
  #stopped = false;

  constructor(components: TunnelsComponents, init: TunnelsInit) {
    this.#components = components;
    this.#init = init;
    this.#half = new HalfOpenTable(components);
    this.#times = new OpeningTimes(components);
    this.#offers = init.capabilities.includes(SECURE_SESSION);
  }

  /** Forgets everything that is not adopted, for good. */
  stop(): void {
    this.#stopped = true;
    this.#half.clear();
    for (const tunnel of [...this.#tunnels.values()])
      if (tunnel.adoptedAt === null) tunnel.stream.terminate();
  }

  /**
   * Opens a session with a peer behind a relay, unless there is one, one is on its way, or the last attempt was too
   * recent.
   * @param options.replacing a live relayed session is to be replaced by a new one.
   */
  open(peer: PeerId, options: { replacing?: boolean } = {}): void {
    const { connections, clock, random, keys, knownPeers } = this.#components;
    const { localPeerId, capabilities, hop } = this.#init;
    if (this.#stopped || !this.#offers || peer === localPeerId || knownPeers.get(peer) === undefined) return;
    const live = connections.get(peer);
    if (live !== undefined && (options.replacing !== true || live.secure?.via == null)) return;
    if (connections.isHeld(peer) || !connections.isAdmitted(peer)) return;
    if (hop(peer, null) === null || !this.#times.mayOpen(peer)) return;
    if (this.#half.opening(peer) !== undefined || this.#arriving(peer) || !this.#half.hasRoom(peer)) return;
    const { instance } = this.#presence();
    const hello: HelloJson = {
      op: 'hello',
      v: 1,
      sid: Buffer.from(random.bytes(SID_BYTES)).toString('hex'),
      from: localPeerId,
      to: peer,
      x25519: encodeBase58(keys.publicKey),
      capabilities: [...capabilities],
      instance,
      clock: Math.trunc(clock.now()),
    };
    const { sid } = hello;
    this.#half.add(
      { role: 'opener', peer, sid, hello: fromPlain(hello), repeat: () => this.#post(peer, null, hello) },
      () => this.#failed(peer),
    );
  }

  /** There is a new reason to try a peer: a relay was offered. */
  welcome(peer: PeerId): void {
    this.#times.reset(peer);
    this.open(peer);
  }

  /** Takes an envelope that carries a message for this node; its signature was verified. Never throws. */
  receive(envelope: Envelope, via: PeerId): void {
    if (this.#stopped || !this.#offers) return;
    const { counters, log } = this.#components;
    const value = tunnelValue(envelope);
    const message = value === undefined ? null : readTunnelMessage(toPlain(value));
    if (value === undefined || message === null) return counters.add('dropped.tunnel_malformed');
    try {
      this.#message(envelope.fromPeer, via, message, value);
    } catch (error) {
      log.error(
        { err: error, peer: envelope.fromPeer },
        'a message of a relayed session could not be handled',
      );
    }
  }

  #message(peer: PeerId, via: PeerId, message: TunnelMessage, value: PyValue): void {
    const tunnel = this.#tunnels.get(keyOf(peer, message.sid));
    if (tunnel !== undefined) tunnel.hop = via;
    if (message.op === 'hello') return this.#hello(peer, via, message, value);
    if (message.op === 'answer') return this.#answer(peer, via, message, value, tunnel);
    if (message.op === 'close') return this.#closed(peer, message.sid, message.code, tunnel);
    if (message.op === 'data') {
      if (tunnel === undefined) return this.#unknown(peer, via, message.sid);
      return tunnel.stream.receive(packetOf(message));
    }
    const half = this.#half.get(peer, message.sid);
    if (half?.role === 'answerer') return this.#accepted(peer, via, half, message.n2);
    if (tunnel === undefined) this.#unknown(peer, via, message.sid);
  }

  #hello(peer: PeerId, via: PeerId, hello: HelloMessage, value: PyValue): void {
    const { localPeerId } = this.#init;
    if (hello.from !== peer || hello.to !== localPeerId) return;
    const known = this.#half.get(peer, hello.sid);
    if (known !== undefined) {
      if (known.role === 'answerer' && known.helloText === canonicalJson(value)) known.repeat();
      return;
    }
    if (this.#tunnels.has(keyOf(peer, hello.sid)) || this.#asking.has(peer)) return;
    const own = this.#half.opening(peer);
    if (own !== undefined) {
      // Both opened at once: what the smaller id began counts.
      if (localPeerId < peer) return;
      this.#half.remove(peer, own.sid);
    }
    const direct = this.#components.connections.direct(peer);
    if (direct === undefined) return this.#respond(peer, via, hello, value);
    this.#asking.add(peer);
    void direct.probe(PROBE_TIMEOUT).then((alive) => {
      this.#asking.delete(peer);
      if (this.#stopped) return;
      if (alive) this.#refuse(peer, via, hello.sid, CLOSE_CODES.duplicate);
      else this.#respond(peer, via, hello, value);
    });
  }

  /** Answers a hello that may be answered. */
  #respond(peer: PeerId, via: PeerId, hello: HelloMessage, value: PyValue): void {
    const { sid } = hello;
    const shared = this.#judge(peer, hello, false);
    if (typeof shared === 'number') return this.#refuse(peer, via, sid, shared);
    if (!this.#half.hasRoom(peer)) return this.#refuse(peer, via, sid, CLOSE_CODES.limit);
    const { clock, keys } = this.#components;
    const answer: Omit<AnswerJson, 'n1'> = {
      op: 'answer',
      v: 1,
      sid,
      from: this.#init.localPeerId,
      to: peer,
      x25519: encodeBase58(keys.publicKey),
      capabilities: [...this.#init.capabilities],
      instance: this.#presence().instance,
      clock: Math.trunc(clock.now()),
    };
    try {
      const init = { hello: value, answer: fromPlain(answer), remoteKey: hello.x25519 };
      const { n1, finish } = answerTunnel(this.#components, init);
      const full: AnswerJson = { ...answer, n1: base64(n1) };
      const half: HalfOpen & Answering = {
        role: 'answerer',
        peer,
        sid,
        hello,
        helloText: canonicalJson(value),
        shared,
        finish,
        repeat: () => this.#post(peer, via, full),
      };
      this.#half.add(half, () => undefined);
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      this.#refuse(peer, via, sid, CLOSE_CODES.not_wanted);
    }
  }

  #answer(
    peer: PeerId,
    via: PeerId,
    answer: AnswerMessage,
    value: PyValue,
    tunnel: Tunnel | undefined,
  ): void {
    const { sid } = answer;
    if (tunnel !== undefined) {
      const { accepted } = tunnel;
      if (accepted !== null && accepted.answerText === canonicalJson(value))
        this.#post(peer, via, accepted.accept);
      return;
    }
    const half = this.#half.get(peer, sid);
    if (half === undefined) return this.#unknown(peer, via, sid);
    if (half.role !== 'opener' || answer.from !== peer || answer.to !== this.#init.localPeerId) return;
    const shared = this.#judge(peer, answer, true);
    if (typeof shared === 'number') {
      this.#half.remove(peer, sid);
      this.#failed(peer);
      return this.#refuse(peer, via, sid, shared);
    }
    try {
      const init = { hello: half.hello, answer: value, remoteKey: answer.x25519 };
      const { n2, transport } = acceptTunnel(this.#components, init, answer.n1);
      this.#half.remove(peer, sid);
      const accept: TunnelJson = { op: 'accept', v: 1, sid, n2: base64(n2) };
      const accepted = { answerText: canonicalJson(value), accept };
      this.#begin(
        { peer, sid, opener: true, hop: via, accepted },
        { transport, x25519: answer.x25519, shared },
      );
      this.#post(peer, via, accept);
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      this.#components.alarms.raise(peer, 'secure_upgrade_failed');
      this.#half.remove(peer, sid);
      this.#failed(peer);
    }
  }

  /** `accept` has come: this side is the first to prove that it is live. */
  #accepted(peer: PeerId, via: PeerId, half: HalfOpen & Answering, n2: Uint8Array): void {
    const { sid, hello, shared } = half;
    this.#half.remove(peer, sid);
    try {
      const transport = half.finish(n2);
      const { channel, tunnel } = this.#begin(
        { peer, sid, opener: false, hop: via, accepted: null },
        { transport, x25519: hello.x25519, shared },
      );
      say(tunnel.stream, channel, CONTROL.confirm, presenceBody(this.#presence()));
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
      this.#components.alarms.raise(peer, 'secure_upgrade_failed');
    }
  }

  /** Makes the stream of a session; its first record decides. */
  #begin(
    init: Pick<Tunnel, 'peer' | 'sid' | 'opener' | 'hop' | 'accepted'>,
    proven: Proven,
  ): { channel: RecordChannel; tunnel: Tunnel } {
    const { peer, sid, opener } = init;
    const { clock, timers } = this.#components;
    const channel = new RecordChannel({ clock }, proven.transport);
    const key = keyOf(peer, sid);
    const hop = (): PeerId | null => this.#init.hop(peer, tunnel.hop);
    const stream = new TunnelStream(
      { clock, timers },
      {
        remoteAddress: `relay:${init.hop ?? ''}`,
        handlers: {
          record: (record) => this.#first(tunnel, channel, proven, record),
          closed: () => opener && this.#failed(peer),
        },
        turn: () => {
          const next = hop();
          return next === null ? 0 : this.#init.turn(next);
        },
        post: ({ seq, records, ack, have }) =>
          this.#post(peer, tunnel.hop, {
            op: 'data',
            v: 1,
            sid,
            seq,
            ack,
            have: have.map(([from, to]) => [from, to]),
            rec: records.map(base64),
          }),
        ended: () => this.#ended(key, tunnel),
      },
    );
    const tunnel: Tunnel = { ...init, stream, adoptedAt: null };
    this.#tunnels.set(key, tunnel);
    timers.after(KEPT_FOR, () => {
      if (tunnel.adoptedAt === null) stream.terminate();
    });
    return { channel, tunnel };
  }

  /** The first record of the other side: `confirm` to the opener, `ready` to the side that answered. */
  #first(tunnel: Tunnel, channel: RecordChannel, proven: Proven, record: Uint8Array): void {
    const { peer, stream, opener } = tunnel;
    const { alarms, connections, log } = this.#components;
    try {
      const presence = readFirst(channel.open(record), opener ? CONTROL.confirm : CONTROL.ready);
      const objection = this.#objection(peer, proven, opener);
      const code =
        connections.direct(peer) !== undefined ? 'duplicate' : objection === null ? null : 'not_wanted';
      if (code !== null) {
        say(stream, channel, CONTROL.close, closeBody(code));
        return stream.close(1000);
      }
      this.#adopt(tunnel, channel, proven, presence);
    } catch (error) {
      if (error instanceof UpgradeError)
        log.debug({ peer, reason: error.code }, 'a relayed session was refused');
      else if (error instanceof NoiseError || error instanceof BadFrameError)
        alarms.raise(peer, 'secure_upgrade_failed');
      else throw error;
      stream.terminate();
    }
  }

  #adopt(tunnel: Tunnel, channel: RecordChannel, proven: Proven, presence: Presence): void {
    const { peer, stream, opener, hop } = tunnel;
    const { clock, connections, links, alarms } = this.#components;
    tunnel.adoptedAt = clock.monotonic();
    this.#times.reset(peer);
    if (connections.noteReplacement(peer, presence.instance)) alarms.raise(peer, 'duplicate_identity');
    if (opener) say(stream, channel, CONTROL.ready, presenceBody(this.#presence()));
    const { handshakeHash } = proven.transport;
    const session = links.adopt({
      carrier: stream,
      upgraded: { channel, handshakeHash, presence },
      peer: this.#handshakePeer(peer, proven),
      capabilities: proven.shared,
      outbound: opener,
      endpoint: null,
      via: hop,
    });
    if (session === null) stream.terminate();
    else if (hop !== null) this.#init.adopted(peer, hop);
  }

  /** The peer ends a session: it does not know it, or does not want it. */
  #closed(peer: PeerId, sid: string, code: TunnelCloseCode, tunnel: Tunnel | undefined): void {
    const half = this.#half.get(peer, sid);
    if (half !== undefined) {
      this.#half.remove(peer, sid);
      if (half.role === 'opener') this.#failed(peer);
    }
    tunnel?.stream.closedByPeer(TUNNEL_CLOSE_WORDS[code]);
  }

  #ended(key: string, tunnel: Tunnel): void {
    this.#tunnels.delete(key);
    const { adoptedAt, peer, opener } = tunnel;
    if (adoptedAt === null) return;
    // Deviation D-61: one that did not last counts as one that did not come about.
    if (opener && this.#components.clock.monotonic() - adoptedAt < SHORT_LIVED) this.#failed(peer);
    if (!this.#stopped) this.#init.ended(peer, opener);
  }

  #unknown(peer: PeerId, via: PeerId, sid: string): void {
    const now = this.#components.clock.monotonic();
    if (now - (this.#told.get(peer) ?? -Infinity) < UNKNOWN_INTERVAL) return;
    if (this.#told.size >= MAX_REMEMBERED_PEERS) this.#told.clear();
    this.#told.set(peer, now);
    this.#refuse(peer, via, sid, CLOSE_CODES.unknown);
  }

  #refuse(peer: PeerId, via: PeerId, sid: string, code: TunnelCloseCode): void {
    this.#post(peer, via, { op: 'close', v: 1, sid, code });
  }

  #post(peer: PeerId, last: PeerId | null, message: TunnelJson): void {
    const hop = this.#init.hop(peer, last);
    if (hop !== null) this.#init.post(hop, peer, message);
  }

  #failed(peer: PeerId): void {
    this.#times.failed(peer);
  }

  /** Whether a session with the peer is agreed on and not adopted yet. */
  #arriving(peer: PeerId): boolean {
    return [...this.#tunnels.values()].some((tunnel) => tunnel.peer === peer && tunnel.adoptedAt === null);
  }

  #presence(): Presence {
    return this.#components.upgrader.presence();
  }

  /** What both sides offer, or the code with which an introduction is refused. */
  #judge(
    peer: PeerId,
    said: Pick<HelloMessage, 'x25519' | 'capabilities'>,
    opener: boolean,
  ): readonly string[] | TunnelCloseCode {
    const { knownPeers } = this.#components;
    const theirs = normalizeCapabilities([...said.capabilities]);
    const shared = this.#init.capabilities.filter((name) => theirs.includes(name));
    const known = knownPeers.get(peer);
    if (known === undefined || !shared.includes(SECURE_SESSION)) return CLOSE_CODES.not_wanted;
    if (!areSoundKeys(known.ed25519PublicKey, said.x25519, { checkedBefore: true }))
      return CLOSE_CODES.not_wanted;
    const objection = this.#objection(peer, { x25519: said.x25519, shared }, opener);
    if (objection === null) return shared;
    if (objection === 'peer_key_changed') this.#components.alarms.raise(peer, objection);
    return objection === 'connection_limit_reached' ? CLOSE_CODES.limit : CLOSE_CODES.not_wanted;
  }

  /** Deviation D-60: whoever a person disconnected or blocked; relayed sessions have no switch of their own. */
  #objection(peer: PeerId, proven: Pick<Proven, 'x25519' | 'shared'>, outbound: boolean) {
    const greeted = {
      peer: this.#handshakePeer(peer, proven),
      shared: proven.shared,
      secure: true,
      text: '',
    };
    return this.#components.connections.objection(greeted, { outbound, endpoint: null });
  }

  /** The peer as a handshake would have shown it; what only a handshake says is taken from the last one. */
  #handshakePeer(peer: PeerId, { x25519, shared }: Pick<Proven, 'x25519' | 'shared'>): HandshakePeer {
    const known = this.#components.knownPeers.get(peer);
    if (known === undefined) throw new Error('a session with a peer nobody knows');
    return {
      peerId: peer,
      ed25519PublicKey: known.ed25519PublicKey,
      x25519PublicKey: x25519,
      version: '',
      capabilities: shared,
      timestamp: null,
      signature: new Uint8Array(SIGNATURE_BYTES),
      signedForm: 'base',
      canopyVersion: this.#init.versionOf(peer) ?? this.#init.canopyVersion,
      protocolVersion: PROTOCOL_VERSION,
    };
  }
}

function say(
  stream: TunnelStream,
  channel: RecordChannel,
  type: Parameters<typeof controlFrame>[0],
  body: Uint8Array,
): void {
  for (const record of channel.seal(controlFrame(type, body))) stream.send(record).catch(() => undefined);
}

function packetOf({ seq, ack, have, rec }: DataMessage) {
  return { seq, ack, have, records: rec };
}
