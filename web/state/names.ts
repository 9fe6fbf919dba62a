/**
 * Names others chose, made fit to be shown, and told apart (05 section 10.13, X-3): what turns the writing round, piles
 * up or goes on for ever is taken out, and who is called almost like somebody else is marked with the id. Pure.
 */

/** The page's own forms take 100 characters; nothing needs more. */
const MAX_NAME = 100;
/** What stays of the end of a name that is too long: of a file that is its kind. */
const KEPT_END = 16;
/** As much of either end is looked at. */
const READ = 1_000;
/** More marks on one letter are no writing. */
const MAX_MARKS = 4;
/** As many letters of an id as tell two people apart; the whole id when they do not. */
const MARK_LENGTH = 6;

/** Controls, and what turns the direction round for what follows. */
const CONTROLS = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/gu;
const PILES = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');
/** What nobody sees, some of it letters by class. */
const UNSEEN = /[\p{C}\p{Z}\p{M}\u115f\u1160\u3164\uffa0\u2800]/gu;

/** A text of somebody else, without what turns the writing round it or piles up over it; lines stay. */
export function calmText(text: string): string {
  return text.replace(CONTROLS, (sign) => (sign === '\n' ? sign : '')).replace(PILES, '$1');
}

/** A name as it is shown; empty when there is nothing to be seen in it. */
export function cleanName(name: string): string {
  if (name.replace(UNSEEN, '') === '') return '';
  const ends = name.length > 2 * READ ? name.slice(0, READ) + name.slice(-READ) : name;
  // What is taken out may have stood between two blanks.
  const text = calmText(ends.replace(/\s/gu, ' ')).replace(/ {2,}/gu, ' ').trim();
  const letters = [...text];
  if (letters.length <= MAX_NAME) return text;
  return `${letters.slice(0, MAX_NAME - KEPT_END - 1).join('')}…${letters.slice(-KEPT_END).join('')}`;
}

/** Letters of other scripts, and digits, by the Latin ones they look like. */
const LOOKS: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'ьвβ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еєεҽ',
  g: 'ɡ',
  h: 'һнη',
  j: 'јϳ',
  k: 'кκ',
  l: '1|iіıɩιӏǀ',
  m: 'мμ',
  n: 'пռΝ',
  o: '0оοσօ',
  p: 'рρ',
  q: 'ԛ',
  r: 'гʀ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υսц',
  v: 'νѵ',
  w: 'ԝωѡш',
  x: 'хχ',
  y: 'уγүʏΥ',
  z: 'ᴢζ',
};
const LIKE = new Map(
  Object.entries(LOOKS).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const)),
);

/** What is left of a name when everything is taken away that an eye passes over. */
export function skeleton(name: string): string {
  // A capital may look like another letter than its small one.
  const looks = (text: string): string => [...text].map((letter) => LIKE.get(letter) ?? letter).join('');
  return looks(looks(name.normalize('NFKD').replace(UNSEEN, '')).toLowerCase())
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Somebody with a name of their own choice. */
export interface Named {
  id: string;
  name: string;
}

/**
 * Names by id, as they are shown: whoever is called like another of the list carries the end of the id.
 * @param own is never marked: one knows oneself.
 */
export function distinctNames(list: readonly Named[], own: string | null): ReadonlyMap<string, string> {
  const alike = new Map<string, Named[]>();
  for (const one of list) {
    const key = skeleton(one.name);
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  const shown = new Map<string, string>();
  for (const group of alike.values())
    for (const { id, name } of group)
      shown.set(id, group.length === 1 || id === own ? name : `${name} (${markOf(id, group)})`);
  return shown;
}

/** The end of an id, whole where somebody made another that ends so. */
function markOf(id: string, group: readonly Named[]): string {
  const end = id.slice(-MARK_LENGTH);
  return group.some((other) => other.id !== id && other.id.endsWith(end)) ? id : end;
}
