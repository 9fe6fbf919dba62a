/**
 * Security headers of every answer (05 section 10.13, X-1 and X-2; 08 section 6): a content policy without any inline
 * code, and nothing that would break plain `http://` on a LAN. HSTS and upgrading of requests come only with TLS.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { RequestHandler } from 'express';

const SELF = ["'self'"];
const NONE = ["'none'"];

/** Everything a page may ask a browser for is off but these three (05 section 10.13, X-2). */
const PERMISSIONS_POLICY = [
  ...['camera', 'clipboard-write', 'microphone'].map((feature) => `${feature}=(self)`),
  ...[
    'accelerometer',
    'autoplay',
    'bluetooth',
    'browsing-topics',
    'clipboard-read',
    'display-capture',
    'encrypted-media',
    'gamepad',
    'geolocation',
    'gyroscope',
    'hid',
    'idle-detection',
    'local-fonts',
    'magnetometer',
    'midi',
    'payment',
    'picture-in-picture',
    'publickey-credentials-get',
    'screen-wake-lock',
    'serial',
    'storage-access',
    'usb',
    'window-management',
    'xr-spatial-tracking',
  ].map((feature) => `${feature}=()`),
].join(', ');

/** Where browsers report what this policy stopped; `api/violations.ts` takes it. */
export const CSP_REPORTS = '/ajax/csp-report';
/** Deviation D-153: who may make markup or script addresses out of text: the sanitiser, and what names the service worker. */
const TRUSTED_TYPES = ['dompurify', 'default'];

/** @param tls whether browsers reach this node over https. */
export function securityHeaders(tls: boolean): RequestHandler {
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: NONE,
        scriptSrc: SELF,
        styleSrc: SELF,
        imgSrc: [...SELF, 'data:', 'blob:'],
        mediaSrc: [...SELF, 'blob:'],
        fontSrc: SELF,
        connectSrc: SELF,
        workerSrc: SELF,
        manifestSrc: SELF,
        frameSrc: SELF,
        formAction: SELF,
        baseUri: NONE,
        frameAncestors: NONE,
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: TRUSTED_TYPES,
        reportUri: CSP_REPORTS,
      },
    },
    frameguard: { action: 'deny' },
    hsts: tls ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    // Makes only warnings on plain http from another machine.
    originAgentCluster: false,
  });
  const headers = recorded(set);
  return (req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    // Deviation D-152: the reference's value (04 section 1.2) where programs read; nothing there is a document.
    if (req.path.startsWith('/api/')) res.setHeader('X-Frame-Options', 'SAMEORIGIN');
    next();
  };
}

/** What helmet sets is the same for every answer, so it is asked once. */
function recorded(set: ReturnType<typeof helmet>): [name: string, value: string][] {
  const request = new IncomingMessage(new Socket());
  const recorder = new Recorder(request);
  recorder.setHeader('Permissions-Policy', PERMISSIONS_POLICY);
  set(request, recorder, () => undefined);
  return [...recorder.headers];
}

/** An answer nobody gets; keeps the names as they were written. */
class Recorder extends ServerResponse {
  readonly headers = new Map<string, string>();

  override setHeader(name: string, value: number | string | readonly string[]): this {
    this.headers.set(name, String(value));
    return this;
  }
}
