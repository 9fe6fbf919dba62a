/** What is fuzzed. Each target is loaded alone: all code that is loaded is counted, and counting takes time. */
import type { Target } from './fuzzer.ts';

const TARGETS: Readonly<Record<string, () => Promise<{ target: Target }>>> = {
  frame: () => import('./targets/frame.ts'),
  handshake: () => import('./targets/handshake.ts'),
  envelope: () => import('./targets/envelope.ts'),
  invite: () => import('./targets/invite.ts'),
  endpoint: () => import('./targets/endpoint.ts'),
  pyjson: () => import('./targets/pyjson.ts'),
  'secure-frames': () => import('./targets/secure-frames.ts'),
  'http-body': () => import('./targets/http-body.ts'),
  multipart: () => import('./targets/multipart.ts'),
  'secure-frame': () => import('./targets/secure-frame.ts'),
  negentropy: () => import('./targets/negentropy.ts'),
};

export const targetNames: readonly string[] = Object.keys(TARGETS);

/** @throws `Error` when there is no such target */
export async function loadTarget(name: string): Promise<Target> {
  const load = TARGETS[name];
  if (load === undefined) throw new Error(`no target ${name}; there are ${targetNames.join(', ')}`);
  return (await load()).target;
}
