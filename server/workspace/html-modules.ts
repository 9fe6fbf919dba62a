/**
 * Pages named `*.canopy-module.html` (03 section 10.4): the reference lets these hold scripts, within one document that
 * loads nothing. We only keep and hand them out; like every page they are never shown in our origin.
 */
import type { ReadableBytes } from './zip-directory.ts';

/** Largest module. */
const MAX_MODULE_BYTES = 300 * 1024;
const NAME = /\.canopy-module\.html?$/i;
const BEGINNING = /^\s*<(?:!doctype|html)/i;
const BLOCKED = /javascript:|<(?:iframe|frame|object|embed|applet|base)/i;
const LOADED_SCRIPT = /<script\b[^>]{0,2000}\bsrc\s*=/i;
const EVENT_ATTRIBUTE = /\son[a-z0-9_-]+\s*=/i;
const POLICY = /<meta\b[^>]{0,2000}http-equiv\s*=\s*["']?content-security-policy/i;
const ADDRESS = /\b(?:src|href|poster|action|formaction)\s*=\s*(?:"\s*([^"]*)|'\s*([^']*)|([^\s>"']+))/gi;
const INNER_ADDRESS = /^(?:data:|blob:|#|$)/i;

export function isModuleName(name: string): boolean {
  return NAME.test(name.trim());
}

/** Whether a file begins as a page. */
export function startsModule(head: Uint8Array): boolean {
  return BEGINNING.test(Buffer.from(head).toString('latin1'));
}

/** What is wrong with a module, in a sentence; null when nothing is. */
export async function moduleFault(file: ReadableBytes): Promise<string | null> {
  if (file.size > MAX_MODULE_BYTES)
    return `Canopy Module bundle exceeds the v1 size budget of ${MAX_MODULE_BYTES} bytes`;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.read(0, file.size));
  } catch {
    return 'Canopy Module bundle must be valid UTF-8 HTML';
  }
  if (BLOCKED.test(text)) return 'Canopy Module bundle contains a blocked HTML feature';
  if (LOADED_SCRIPT.test(text)) return 'Canopy Module bundle cannot load external scripts';
  if (EVENT_ATTRIBUTE.test(text)) return 'Canopy Module bundle cannot use inline event handler attributes';
  if (POLICY.test(text)) return 'Canopy Module bundle cannot override the Canopy runtime CSP';
  for (const [, double, single, bare] of text.matchAll(ADDRESS))
    if (!INNER_ADDRESS.test(double ?? single ?? bare ?? ''))
      return 'Canopy Module bundle must be self-contained (data/blob/hash URLs only)';
  return null;
}
