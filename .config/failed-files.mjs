// A reporter for the test runner: one line for each file with a failed test. `.config/test.mjs` reads it.
import path from 'node:path';

export default async function* failedFiles(events) {
  const told = new Set();
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || data.file === undefined) continue;
    const file = path.relative(process.cwd(), data.file);
    if (told.has(file)) continue;
    told.add(file);
    yield `${file}\n`;
  }
}
