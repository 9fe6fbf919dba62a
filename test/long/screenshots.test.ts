/** Every page at all widths and what opens on it at one, light and dark: each shows something, nothing is cut off, axe finds nothing, and the two schemes differ. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PAGES, takeScreenshots } from '../e2e/page/screenshots.ts';

/** Colours of a page scaled down; a blank one has one, text alone makes dozens. */
const MANY_COLOURS = 16;

test('every page has its pictures, and none is blank', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-screenshots-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const made = await takeScreenshots(folder, { briefly: true });
  assert.equal(new Set(made.map(({ file }) => file)).size, made.length);
  assert.ok(PAGES.length >= 8, `pages: ${PAGES.join(' ')}`);
  const names = new Set(made.map(({ file }) => path.basename(file)));
  for (const page of PAGES)
    for (const width of [320, 390, 768, 1366])
      assert.ok(names.has(`${page.slice(1)}-${width}-light.png`), `${page} at ${width}`);
  assert.ok(made.length > PAGES.length * 8, 'what opens on the pages');
  assert.deepEqual(
    made.filter(({ faults }) => faults.length > 0).map(({ file, faults }) => [path.basename(file), faults]),
    [],
  );
  for (const { file, colours } of made) {
    assert.ok(statSync(file).size > 0, file);
    assert.ok(colours >= MANY_COLOURS, `${path.basename(file)} has ${colours} colours`);
  }
  for (const { file } of made.filter((each) => each.file.endsWith('-light.png'))) {
    const dark = file.replace('-light.png', '-dark.png');
    assert.notDeepEqual(readFileSync(file), readFileSync(dark), path.basename(file));
  }
});
