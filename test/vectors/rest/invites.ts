/** The invite codes the exchanges name, made from the code a node gives. */

const PREFIX = 'canopy:';
/** Characters cut off the truncated code. */
const TRUNCATED = 20;
const UNUSABLE_ENDPOINTS = ['nonsense', 'ws://0.0.0.0:17999', 'http://x'];

/** Variants of node A's default code, by the name of their placeholder. */
export function inviteVariants(code: string): Record<string, string> {
  const invite = JSON.parse(Buffer.from(code.slice(PREFIX.length), 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const { pid: _pid, ...withoutPid } = invite;
  return {
    'A.truncated': code.slice(0, -TRUNCATED),
    tampered: encode({ ...invite, pid: 'A'.repeat(16) }),
    no_pid: encode(withoutPid),
    bad_endpoints: encode({ ...invite, ep: UNUSABLE_ENDPOINTS }),
    v99_no_ep: encode({ ...invite, v: 99, ep: [] }),
    'A.rawjson0': rawJson(invite, 0),
    'A.rawjson1': rawJson(invite, 1),
  };
}

function encode(invite: object): string {
  return PREFIX + Buffer.from(JSON.stringify(invite)).toString('base64url');
}

/** The JSON text itself, made `rest` modulo 4 long by spaces before the last brace. */
function rawJson(invite: object, rest: number): string {
  const text = JSON.stringify(invite).slice(0, -1);
  const padding = (((rest - text.length - 1) % 4) + 4) % 4;
  return `${text}${' '.repeat(padding)}}`;
}
