/**
 * The endpoints of one peer as an immutable value: those it gave itself or was reached at, then those a third
 * party introduced, at most eight (02 section 10, S13). The order is that of first sight, which is the dial order.
 */
import type { Endpoint } from '../wire/ids.ts';

/** Endpoints kept per peer (02 section 10, S13). */
export const MAX_ENDPOINTS = 8;

/** Endpoints of one peer. */
export interface PeerEndpoints {
  /** From the peer's invite, its records, the file, or successful dials. */
  readonly own: readonly Endpoint[];
  /** Those of {@link own} under which the peer answered since the start. */
  readonly proven: ReadonlySet<Endpoint>;
  /** From announcements of third parties. */
  readonly introduced: readonly Endpoint[];
}

export const NO_ENDPOINTS: PeerEndpoints = { own: [], proven: new Set(), introduced: [] };

/** All of them, in dial order. */
export function allEndpoints({ own, introduced }: PeerEndpoints): readonly Endpoint[] {
  return introduced.length === 0 ? own : [...own, ...introduced];
}

/** Replaces the peer's own endpoints, as the import of its invite does. */
export function replaceOwn(endpoints: PeerEndpoints, own: readonly Endpoint[]): PeerEndpoints {
  return bounded({ ...endpoints, own: own.slice(0, MAX_ENDPOINTS) });
}

/**
 * Adds an endpoint the peer itself stands for. When all places are taken, only a proven one gets in, and the
 * oldest one that was not proven makes room: nobody can push working addresses out by announcing others.
 */
export function addOwn(endpoints: PeerEndpoints, endpoint: Endpoint, isProven: boolean): PeerEndpoints {
  const proven = isProven ? new Set(endpoints.proven).add(endpoint) : endpoints.proven;
  if (endpoints.own.includes(endpoint)) return bounded({ ...endpoints, proven });
  if (endpoints.own.length < MAX_ENDPOINTS) {
    return bounded({ ...endpoints, proven, own: [...endpoints.own, endpoint] });
  }
  if (!isProven) return endpoints;
  const out = endpoints.own.find((other) => !endpoints.proven.has(other)) ?? endpoints.own[0];
  return bounded({
    ...endpoints,
    proven,
    own: [...endpoints.own.filter((other) => other !== out), endpoint],
  });
}

/** Adds endpoints a third party introduced, as far as there is room. */
export function addIntroduced(endpoints: PeerEndpoints, introduced: readonly Endpoint[]): PeerEndpoints {
  return bounded({ ...endpoints, introduced: [...endpoints.introduced, ...introduced] });
}

/** Without `endpoint`. */
export function withoutEndpoint(endpoints: PeerEndpoints, endpoint: Endpoint): PeerEndpoints {
  return bounded({
    ...endpoints,
    own: endpoints.own.filter((other) => other !== endpoint),
    introduced: endpoints.introduced.filter((other) => other !== endpoint),
  });
}

function bounded({ own, proven, introduced }: PeerEndpoints): PeerEndpoints {
  const room = MAX_ENDPOINTS - own.length;
  return {
    own,
    proven: new Set([...proven].filter((endpoint) => own.includes(endpoint))),
    introduced: [...new Set(introduced)].filter((endpoint) => !own.includes(endpoint)).slice(0, room),
  };
}
