/** Why a peer could not be reached, in words, and what helps (05 section 10.4, C-4). The reasons are the mesh's. */

/** What happened, and what a person can do about it. */
export interface DialWords {
  what: string;
  remedy: string;
}

const KEEPS_TRYING = 'The node keeps trying.';
const REFUSED: DialWords = {
  what: 'refused',
  remedy: 'Is Canopy running there, and is this the mesh port (7771 by default)?',
};
const NO_ANSWER: DialWords = {
  what: 'no answer',
  remedy: 'A firewall may drop it, or the port is not forwarded.',
};
const ANOTHER_DEVICE: DialWords = {
  what: 'another device answers there',
  remedy: 'Ask for a new code; the address belongs to somebody else now.',
};
const OLDER_CONNECTION: DialWords = { what: 'the other side kept an older connection', remedy: KEEPS_TRYING };
const TOO_MANY: DialWords = { what: 'too many connections are open', remedy: KEEPS_TRYING };
const NOT_SECURE: DialWords = {
  what: 'no secure connection could be made',
  remedy: 'The node keeps trying. If it goes on, somebody may be interfering.',
};
const NO_PROOF: DialWords = {
  what: 'what answered could not prove who it is',
  remedy: 'Is this the mesh port of a Canopy node? If so, somebody may be interfering.',
};

const WORDS: Readonly<Record<string, DialWords>> = {
  refused: REFUSED,
  connectionrefusederror: REFUSED,
  timeout: NO_ANSWER,
  timeouterror: NO_ANSWER,
  unreachable: { what: 'network not reachable', remedy: 'Are both devices on the same network or VPN?' },
  dns: { what: 'name not found', remedy: 'Check the host name, or use an address.' },
  tls: { what: 'TLS failed', remedy: 'The address may need wss:// or ws:// instead.' },
  http: { what: 'something else answers there', remedy: 'Is this the mesh port and not the web page?' },
  invalid: { what: 'not an address a node can be reached at', remedy: 'Ask for a new code.' },
  aborted: { what: 'cancelled', remedy: 'Connect again when you like.' },
  closed: {
    what: 'closed without an answer',
    remedy: 'The other side may not want it, or keeps this device away: ask there.',
  },
  closed_after_ack: OLDER_CONNECTION,
  duplicate: OLDER_CONNECTION,
  superseded: OLDER_CONNECTION,
  self_connect_blocked: { what: 'this is the own address', remedy: 'Import the code of the other device.' },
  connection_limit_reached: TOO_MANY,
  limit: TOO_MANY,
  not_wanted: {
    what: 'blocked or disconnected by a person',
    remedy: 'Reconnect if you want it, or ask there.',
  },
  key_conflict: {
    what: 'it answered with other keys than the known ones',
    remedy:
      'Ask the person there whether the device was set up anew; then forget it and import its new code.',
  },
  secure_upgrade_timeout: NOT_SECURE,
  secure_upgrade_failed: NOT_SECURE,
  secure_required: {
    what: 'it came without the encryption it used to have',
    remedy: 'Ask the person there which program runs on that device.',
  },
  peer_key_changed: {
    what: 'it came with another key',
    remedy: 'Ask the person there whether the device was set up anew.',
  },
  handshake_peer_id_mismatch: ANOTHER_DEVICE,
  peer_id_public_key_mismatch: ANOTHER_DEVICE,
  protocol_mismatch: {
    what: 'it speaks another protocol version',
    remedy: 'One of the two nodes needs an update.',
  },
  handshake_signature_verification_failed: NO_PROOF,
  missing_handshake_signature: NO_PROOF,
  missing_identity_fields: NO_PROOF,
  invalid_handshake_response: NO_PROOF,
  invalid_json: NO_PROOF,
  unsound_key: NO_PROOF,
  replayed_handshake: NO_PROOF,
};

/** What a failed dial means, and its remedy. */
export function dialWords(reason: string): DialWords {
  return WORDS[reason.toLowerCase()] ?? { what: 'it did not work', remedy: KEEPS_TRYING };
}
