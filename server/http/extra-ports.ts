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

/** Whether `can_service_url` names the store of this node; nothing named is that, too. Another one ends the start (deviation D-147). */
export function isOwnStore(config: Config): boolean {
  if (config.canServiceUrl === null) return true;
  const url = new URL(config.canServiceUrl);
  const ports = [config.canPort, config.port].filter((port) => port !== null && port !== 0).map(String);
  return isLoopbackHost(url.hostname.replace(/^\[|\]$/g, '')) && ports.includes(url.port);
}
