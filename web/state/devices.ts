/** What a browser calls itself, in words a person knows their devices by (05 section 10.15, K-4, sessions). */

/** First fit wins: browsers name the ones they want to be taken for as well. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//u, 'Edge'],
  [/\bOPR\//u, 'Opera'],
  [/\bSamsungBrowser\//u, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//u, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//u, 'Chrome'],
  [/\bSafari\//u, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/u, 'Android'],
  [/\biPhone\b/u, 'iPhone'],
  [/\biPad\b/u, 'iPad'],
  [/\bCrOS\b/u, 'ChromeOS'],
  [/\bWindows\b/u, 'Windows'],
  [/\bMac OS X\b/u, 'macOS'],
  [/\bLinux\b/u, 'Linux'],
];
/** Longest name shown of a program that is no known browser. */
const MAX_PROGRAM_LENGTH = 40;

function firstFit(list: readonly [RegExp, string][], text: string): string | null {
  return list.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** `Firefox on Windows`, `curl`, `Unknown program`. */
export function deviceWords(userAgent: string | null): string {
  const text = userAgent ?? '';
  const browser = firstFit(BROWSERS, text);
  const system = firstFit(SYSTEMS, text);
  if (browser !== null) return system === null ? browser : `${browser} on ${system}`;
  const program = /^[\w.+ -]+/u.exec(text)?.[0].trim().slice(0, MAX_PROGRAM_LENGTH) ?? '';
  return program === '' ? 'Unknown program' : program;
}
