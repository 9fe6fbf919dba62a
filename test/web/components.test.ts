/** Rules of 05 section 11.5 that can be read off the components: buttons, fields, dialogs, empty states, toasts, the mark. */
import test, { afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { closeToast, showToast, toasts } from '../../web/state/notices.ts';

const web = path.join(import.meta.dirname, '..', '..', 'web');
const sources = readdirSync(web, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.tsx'))
  .map((name) => ({ name, text: readFileSync(path.join(web, name), 'utf8') }));

/** The opening tags of an element, to the `>` outside of braces. */
function tagsOf(text: string, element: string): string[] {
  const tags: string[] = [];
  for (const { index } of text.matchAll(new RegExp(`<${element}(?=[\\s>])`, 'gu'))) {
    let depth = 0;
    for (let at = index; at < text.length; at += 1) {
      if (text[at] === '{') depth += 1;
      if (text[at] === '}') depth -= 1;
      if (text[at] !== '>' || depth > 0) continue;
      tags.push(text.slice(index, at + 1));
      break;
    }
  }
  return tags;
}

test('what cannot be pressed or chosen says why: in the description of a button, beside a field', () => {
  let seen = 0;
  for (const { name, text } of sources)
    for (const element of ['button', 'input', 'select', 'textarea'])
      for (const tag of tagsOf(text, element).filter((each) => /\sdisabled=/u.test(each))) {
        seen += 1;
        assert.match(tag, /\s(?:title|aria-describedby)=/u, `${name}: ${tag}`);
      }
  assert.ok(seen >= 4, `${seen}`);
  const uses = sources.flatMap(({ text }) => [...tagsOf(text, 'Button'), ...tagsOf(text, 'IconButton')]);
  assert.ok(uses.some((tag) => tag.includes('disabledBecause=')));
  for (const tag of uses) assert.doesNotMatch(tag, /\sdisabled(?:=|\s|>)/u);
});

test('a button that is busy says so and keeps its words, so its width', () => {
  const button = sources.find(({ name }) => name === path.join('components', 'button.tsx'))?.text ?? '';
  const [first = ''] = tagsOf(button, 'button');
  assert.match(first, /aria-busy=\{isBusy \? 'true' : undefined\}/u);
  const [, inside = ''] = button.split(first);
  assert.match(inside, /^\s*\{children\}\s*<\/button>/u);
});

test('every field to search with can be emptied at once', () => {
  const searching = sources.filter(({ text }) => text.includes('type="search"')).map(({ name }) => name);
  assert.deepEqual(searching, [path.join('components', 'search-field.tsx')]);
});

test('every empty state has a sign, unless it tells of a fault', () => {
  let seen = 0;
  for (const { name, text } of sources)
    for (const tag of tagsOf(text, 'Empty')) {
      seen += 1;
      const tells = text.slice(text.indexOf(tag) + tag.length).trimStart();
      assert.ok(/\sicon=/u.test(tag) || tells.startsWith('{error}'), `${name}: ${tag}`);
    }
  assert.ok(seen > 10, `${seen}`);
});

test('what ends something for good is not the green button', () => {
  for (const file of ['libraries/library-view.tsx', 'libraries/members.tsx', 'settings/import-dialog.tsx']) {
    const text = readFileSync(path.join(web, 'components', file), 'utf8');
    for (const tag of tagsOf(text, 'SaveRow')) assert.match(tag, /\sdanger\s/u, `${file}: ${tag}`);
  }
});

test('the sign is drawn in under 2 KiB, without a picture or a script in it', () => {
  const icon = readFileSync(path.join(web, 'icon.svg'));
  assert.ok(icon.length < 2_048 && gzipSync(icon).length < icon.length);
  assert.doesNotMatch(icon.toString(), /<(?:image|script|text|style)|gradient/iu);
});

afterEach(() => {
  for (const { key } of toasts.value) closeToast(key);
});

test('three toasts at most: the oldest goes, but not before one that only tells something', () => {
  const ask = { label: 'Accept', run: () => undefined };
  showToast({ key: 'request', text: 'Ben wants to connect', actions: [ask] });
  for (const key of ['a', 'b', 'c']) showToast({ key, text: key, actions: [] });
  assert.deepEqual(
    toasts.value.map(({ key }) => key),
    ['request', 'b', 'c'],
  );
  for (const key of ['d', 'e', 'f']) showToast({ key, text: key, actions: [ask] });
  assert.deepEqual(
    toasts.value.map(({ key }) => key),
    ['d', 'e', 'f'],
  );
});
