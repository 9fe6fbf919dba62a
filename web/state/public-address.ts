/**
 * The `Public IP` field of Connect (05 section 10.4, C-2): an address, a host name, `host:port`, `[v6]:port` or a full
 * ws:// or wss:// address becomes the query of `GET /api/v1/p2p/invite`.
 */

/** The query, or the sentence for the field at fault. */
export type PublicAddress =
  { ok: true; query: string } | { ok: false; field: 'host' | 'port'; message: string };

const HOST = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62})?)*\.?$/iu;
const IPV6 = /^[0-9a-f:]+(?:%[\w.-]+)?$|^[0-9a-f:]+:\d{1,3}(?:\.\d{1,3}){3}$/iu;

/** Reads both fields; an empty host asks for the plain invite. */
export function readPublicAddress(hostText: string, portText: string): PublicAddress {
  const text = hostText.trim();
  if (text === '') return { ok: true, query: '' };
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(text)) return readUrl(text);
  const bracketed = /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/u.exec(text)?.groups;
  const plain = /^(?<host>[^:]+):(?<port>\d+)$/u.exec(text)?.groups;
  const host = bracketed?.['host'] ?? plain?.['host'] ?? text;
  const port = bracketed?.['port'] ?? plain?.['port'] ?? portText.trim();
  const isV6 = host.includes(':');
  if (isV6 ? !IPV6.test(host) : !HOST.test(host) || badIpv4(host)) {
    return { ok: false, field: 'host', message: 'Not an address or host name.' };
  }
  if (port !== '' && !validPort(port))
    return { ok: false, field: 'port', message: 'A number from 1 to 65535.' };
  const query = new URLSearchParams({ public_host: host, ...(port === '' ? {} : { public_port: port }) });
  return { ok: true, query: query.toString() };
}

function readUrl(text: string): PublicAddress {
  const url = URL.parse(text);
  if (url === null || !['ws:', 'wss:'].includes(url.protocol) || url.hostname === '') {
    return {
      ok: false,
      field: 'host',
      message: 'A full address starts with ws:// or wss:// and names a host.',
    };
  }
  return { ok: true, query: new URLSearchParams({ external_endpoint: text }).toString() };
}

function validPort(text: string): boolean {
  const port = Number(text);
  return /^\d{1,5}$/u.test(text) && port >= 1 && port <= 65_535;
}

/** Four numbers with a value over 255, or only digits and dots that are no address. */
function badIpv4(host: string): boolean {
  if (!/^[\d.]+$/u.test(host)) return false;
  const parts = host.split('.');
  return parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/u.test(part) || Number(part) > 255);
}
