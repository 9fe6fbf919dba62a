/**
 * What the node is told of a page that could not be drawn (05 section 10.15, K-9): what kind of error, which page, and where
 * in our own scripts. The words of an error are left out: they may quote what somebody wrote.
 */
import { api } from './session.ts';

/** One report, as `POST /ajax/page-fault` takes it. */
export interface PageFaultReport {
  /** `TypeError` and its like. */
  error: string;
  /** Path of the page, without what is looked for or opened there. */
  page: string;
  /** `index-1a2b.js:1:4711`, from the inside out. */
  at: string[];
}

/** The node keeps no more. */
const MAX_PLACES = 8;
const PLACE = /\/assets\/([\w-]+\.js:\d+:\d+)\)?$/u;

/** @param here the origin of the page and its path. */
export function faultReport(fault: unknown, here: { origin: string; pathname: string }): PageFaultReport {
  const error = fault instanceof Error ? fault : null;
  // Some browsers write the words above the calls.
  const calls = (error?.stack ?? '').replace(String(error), '').split('\n');
  const at = calls
    .filter((call) => call.includes(`${here.origin}/assets/`))
    .map((call) => PLACE.exec(call)?.[1])
    .filter((place) => place !== undefined);
  return { error: error?.name ?? 'unknown', page: here.pathname, at: at.slice(0, MAX_PLACES) };
}

/** Tells the node. @returns the id under which its log has it; null when it wrote none, or does not answer. */
export async function tellOfFault(fault: unknown): Promise<string | null> {
  const report = faultReport(fault, window.location);
  const answer = await api
    .post<{ error_id: string | null }>('/ajax/page-fault', report, { anonymous: true })
    .catch(() => null);
  return answer?.error_id ?? null;
}
