/**
 * All emoji of Unicode with their English names, for the picker and for `:` in a text (05 section 10.5, M-6 and M-15). Half a
 * megabyte before compression: whoever needs it imports it on first use. The signs are drawn by the system's own font.
 */
import { signal } from '@preact/signals';
import data from 'emojibase-data/en/compact.json';
import codes from 'emojibase-data/en/shortcodes/github.json';
import { ranked } from './mentions.ts';
import { browserStore } from './storage.ts';

export interface Emoji {
  sign: string;
  name: string;
  tags: readonly string[];
  /** What it is called between colons on GitHub and elsewhere. */
  codes: readonly string[];
  group: number;
  /** The sign in the tones of {@link TONES} from the second on; empty when it has none. */
  tones: readonly string[];
}

/** Numbers of Unicode's groups, in its order, with a name and a sign for each. */
export const EMOJI_GROUPS = [
  [0, 'Smileys', '😀'],
  [1, 'People', '👋'],
  [3, 'Nature', '🌱'],
  [4, 'Food', '☕'],
  [5, 'Travel', '🚀'],
  [6, 'Activities', '🎉'],
  [7, 'Objects', '💡'],
  [8, 'Symbols', '❤️'],
  [9, 'Flags', '🏁'],
] as const;

export const TONES = ['No tone', 'Light', 'Medium-light', 'Medium', 'Medium-dark', 'Dark'] as const;

/** Parts of other emoji, as tones and hair. */
const COMPONENTS = 2;

/** What is a picture without being told so needs no sign that says it. */
const TOLD_TWICE = /^\p{Emoji_Presentation}\uFE0F$/u;

function signOf(unicode: string): string {
  return TOLD_TWICE.test(unicode) ? unicode.slice(0, -1) : unicode;
}

export const EMOJI: readonly Emoji[] = data.flatMap(
  ({ hexcode, label, unicode, group, tags = [], skins = [] }) => {
    if (group === undefined || group === COMPONENTS) return [];
    const tones = TONES.slice(1)
      .map(
        (tone) => skins.find((skin) => skin.label === `${label}: ${tone.toLowerCase()} skin tone`)?.unicode,
      )
      .filter((sign) => sign !== undefined);
    return [{ sign: signOf(unicode), name: label, tags, codes: [codes[hexcode] ?? []].flat(), group, tones }];
  },
);

/** By name or by one of the words that describe it; the best first. */
export function findEmoji(query: string, limit: number): Emoji[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  const words = wanted.replaceAll('_', ' ');
  const found = new Set([
    ...EMOJI.filter((one) => one.codes.includes(wanted)),
    ...ranked(EMOJI, words, ({ name }) => [name]),
    ...ranked(EMOJI, words, ({ tags }) => [...tags]),
  ]);
  return [...found].slice(0, limit);
}

const TONE_KEY = 'emoji-tone';
const RECENT_KEY = 'emoji-recent';
/** Three rows of the picker. */
const RECENT = 24;

function storedTone(): number {
  const stored = browserStore.read(TONE_KEY);
  return typeof stored === 'number' && stored in TONES ? stored : 0;
}

function storedRecent(): readonly string[] {
  const stored = browserStore.read(RECENT_KEY);
  const signs: unknown[] = Array.isArray(stored) ? stored : [];
  return signs.filter((sign) => typeof sign === 'string').slice(0, RECENT);
}

/** Chosen tone of skin, a place in {@link TONES}; kept in this browser. */
export const tone = signal(storedTone());
/** Signs picked last, the newest first; kept in this browser. */
export const recentEmoji = signal(storedRecent());

export function chooseTone(chosen: number): void {
  tone.value = chosen;
  browserStore.write(TONE_KEY, chosen === 0 ? null : chosen);
}

/** Remembers what was picked. */
export function noteEmoji(sign: string): void {
  recentEmoji.value = [sign, ...recentEmoji.value.filter((one) => one !== sign)].slice(0, RECENT);
  browserStore.write(RECENT_KEY, recentEmoji.value);
}

/** The sign in the chosen tone, where it has tones. */
export function toned({ sign, tones }: Emoji): string {
  return tones[tone.value - 1] ?? sign;
}

const NAMES = new Map(
  EMOJI.flatMap(({ sign, name, tones }) => [sign, ...tones].map((one) => [one, name] as const)),
);

/** What a picked sign is called; itself when that is not known. */
export function emojiName(sign: string): string {
  return NAMES.get(sign) ?? sign;
}
