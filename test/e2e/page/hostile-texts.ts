/** What others may write (05 section 10.13, X-3 and X-4): in a message, and wherever something has a name. */
import type { Page, Route } from 'playwright-core';

/** Each tries to run, to load, to restyle or to lie over something. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<img src=x onerror="window.__ran=1"><script>window.__ran=1</script> \u202etxt.exe\u202c [x](javascript:window.__ran=1)',
  '<svg onload="window.__ran=1"><use href="//elsewhere.invalid/a.svg#b"/></svg><math><mtext><style>@import "//elsewhere.invalid"</style></math>',
  '![a](http://elsewhere.invalid/a.png) ![b](//elsewhere.invalid/b.png "t" onerror=x) ![c](data:image/svg+xml,<svg/onload=window.__ran=1>)',
  '[a](data:text/html,<script>window.__ran=1</script>) [b](vbscript:x) [c](\u0001javascript:window.__ran=1) <javascript:window.__ran=1>',
  '<div style="position:fixed;inset:0;z-index:9999">over all</div><style>body{display:none}</style><base href="//elsewhere.invalid">',
  '<iframe src="//elsewhere.invalid"></iframe><object data=x></object><form action="//elsewhere.invalid"><input name=x></form><meta http-equiv=refresh content=0>',
  '```<img/src=x/onerror=window.__ran=1>\ncode\n```\n\n[r]: javascript:window.__ran=1\n\n[r] &lt;script&gt; <!-- --><![CDATA[x]]>',
  `z${'\u0301\u0334\u0489'.repeat(128)} ${'w'.repeat(3_000)} \u202e\u2066\u2067 \u200b\u200d\ufeff`,
  `${'> '.repeat(300)}deep\n\n${'- '.repeat(300)}deeper\n\n${'*_'.repeat(500)}`,
  '| a | b |\n|-|-|\n| <img src=x onerror=window.__ran=1> | [x](javascript:window.__ran=1) |\n\n@<b>x</b> #<i>y</i> :smile<b>: $\\href{javascript:x}{y}$',
];

const HOSTILE_NAME = `<b onclick="window.__ran=1">\u202e${'\u0301'.repeat(128)}\u200b"'&<script>window.__ran=1</script>${'W'.repeat(9_000)}`;
/** Where a node says what somebody or something is called. */
const NAMES =
  /^(?:display_name|device_name|name|names|username|title|description|topic|bio|filename|reason|author_name|channel_name|alt)$/u;

/** From now on everything that has a name in an answer of the node has a hostile one. */
export async function nameEverythingHostile(page: Page): Promise<void> {
  const answer = async (route: Route): Promise<void> => {
    if (route.request().url().includes('/stream')) return route.continue();
    const response = await route.fetch();
    const text = await response.text();
    if (!/json/u.test(response.headers()['content-type'] ?? '')) return route.fulfill({ response });
    return route.fulfill({ response, body: JSON.stringify(renamed(JSON.parse(text))) });
  };
  await page.route(/\/(?:api\/v1|ajax)\//u, (route) => answer(route).catch(() => undefined));
}

function renamed(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return NAMES.test(key) ? HOSTILE_NAME : value;
  if (Array.isArray(value)) return value.map((one) => renamed(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, renamed(one, inner)]));
}
