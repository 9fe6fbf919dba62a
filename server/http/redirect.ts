/** Redirects as the reference answers them (04 section 1.3): always 302 with a small HTML page, whatever is accepted. */
import type { Response } from 'express';

/** @param to a path of this node, from code: never text from a request. */
export function redirect(res: Response, to: string): void {
  res
    .status(302)
    .set({ Location: to, 'Content-Type': 'text/html; charset=utf-8' })
    .send(`<!doctype html>\n<title>Redirecting</title>\n<p><a href="${to}">${to}</a></p>\n`);
}
