/** A process that moves a directory to and fro between the modes of encryption at rest, until it is killed. */
import { writeSync } from 'node:fs';
import { moveFixture } from './storage-fixture.ts';

async function moveForever(directory: string): Promise<void> {
  writeSync(1, 'moving\n');
  for (;;) {
    await moveFixture(directory, 'full');
    await moveFixture(directory, 'reference');
  }
}

moveForever(process.argv[2] ?? '').catch(() => process.exit(1));
