/** How the HTTP server runs, from the configuration. */
import type { Config } from '../config/config.ts';
import type { HttpOptions } from './components.ts';
import { RATE_LIMIT_MODES } from './limits.ts';
import { offeredExtensions } from '../wire/native-extensions.ts';

/** @param found what the configuration does not say. */
export function httpOptions(
  config: Config,
  found: Pick<HttpOptions, 'version' | 'webRoot' | 'machineName' | 'allowLoopback'> &
    Required<Pick<HttpOptions, 'dataDirectory' | 'logFile'>>,
): HttpOptions {
  return {
    ...found,
    host: config.host,
    port: config.port,
    meshPort: config.meshPort,
    extensions: config.disableMesh ? [] : offeredExtensions(config.nativeExtensions),
    advertise: config.advertise ?? [],
    allowedHosts: config.allowedHosts ?? [],
    rateLimits: RATE_LIMIT_MODES.find((mode) => mode === config.rateLimits) ?? 'default',
    retryAfterSeconds: config.retryAfterSeconds,
    secureCookie: config.sessionCookieSecure,
    allowUnverifiedRelay: config.allowUnverifiedRelayMessages,
  };
}
