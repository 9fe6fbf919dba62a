/** Where inputs come from: files named by their content under `corpus/<target>/` and `crashes/<target>/`, and the golden vectors. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type Kind = 'corpus' | 'crashes';

const folderOf = (kind: Kind, target: string): string => path.join(import.meta.dirname, kind, target);

/** The inputs kept for `target`, by file name. */
export function keptInputs(kind: Kind, target: string): [file: string, input: string][] {
  const folder = folderOf(kind, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const file = path.join(folder, name);
    return [path.relative(import.meta.dirname, file), readFileSync(file, 'utf8')];
  });
}

/** Keeps `input`; the path of its file. */
export function keepInput(kind: Kind, target: string, input: string): string {
  const folder = folderOf(kind, target);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(file, input);
  return path.relative(process.cwd(), file);
}

/** The texts under `key` in a file of the golden vectors. */
export function vectorTexts(file: string, key: string): string[] {
  const text = readFileSync(path.join(import.meta.dirname, `../vectors/wire/${file}.json`), 'utf8');
  const texts: string[] = [];
  JSON.parse(text, (name, value: unknown) => {
    if (name === key && typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}
