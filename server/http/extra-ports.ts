/** Which of the extra ports a configuration switches on (07 sections 2.1 and 4), and what each serves. */
import { isLoopbackHost } from '../config/values.ts';
import type { Config } from '../config/config.ts';
import type { HostNames } from './host-check.ts';
import { PortServer } from './port-server.ts';
import type { PortServerComponents, PortServerOptions } from './port-server.ts';
import type { Route } from './routes.ts';

/** A listener that was asked for. */
export interface ExtraPort {
  server: PortServer;
  /** For people. */
  what: string;
  host: string;
  port: number;
  flag: '--can-port' | '--can-sync-port';
}

/** Where the libraries' own port listens, or null. */
function syncAddress(config: Config): { host: string; port: number } | null {
  const { canSyncPort, canHost, listenAddr } = config;
  if (canSyncPort !== null) return { host: listenAddr?.host ?? canHost, port: canSyncPort };
  return listenAddr;
}

/**
 * @param init the routes of the asset store, below `/api/v1`, and of the libraries, at the root.
 */
export function extraPorts(
  components: Omit<PortServerComponents, 'routes'>,
  config: Config,
  init: { hosts: HostNames; can: readonly Route[]; sync: readonly Route[] },
): ExtraPort[] {
  const port = (
    what: string,
    address: { host: string; port: number },
    flag: ExtraPort['flag'],
    served: Pick<PortServerOptions, 'prefix' | 'permission'> & { routes: readonly Route[] },
  ): ExtraPort => ({
    server: new PortServer(
      { ...components, routes: served.routes },
      {
        ...address,
        prefix: served.prefix,
        permission: served.permission,
        key: config.syncApiKey,
        origins: config.canAllowOrigin ?? [],
        hosts: init.hosts,
      },
    ),
    what,
    ...address,
    flag,
  });
  const ports: ExtraPort[] = [];
  if (config.canPort !== null)
    ports.push(
      port('The asset store', { host: config.canHost, port: config.canPort }, '--can-port', {
        prefix: '/api/v1',
        permission: null,
        routes: init.can,
      }),
    );
  const sync = syncAddress(config);
  if (sync !== null)
    ports.push(
      port('The libraries', sync, '--can-sync-port', {
        prefix: '',
        permission: 'manage_keys',
        routes: init.sync,
      }),
    );
  return ports;
}

/** The address of another asset service that `can_service_url` names (07 section 4); null when it is the store of this node. */
export function externalServiceUrl(config: Config): string | null {
  if (config.canServiceUrl === null) return null;
  const url = new URL(config.canServiceUrl);
  const ports = [config.canPort, config.port].filter((port) => port !== null && port !== 0).map(String);
  const isOwn = isLoopbackHost(url.hostname.replace(/^\[|\]$/g, '')) && ports.includes(url.port);
  return isOwn ? null : config.canServiceUrl;
}
