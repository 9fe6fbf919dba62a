/**
 * The directory's secret, `secret_key.json` (03 section 1.4). The reference signs its sessions with it; here it is
 * only needed to check password hashes of before bcrypt, and kept so that a directory goes back as it came.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Random } from '../ports/types.ts';
import type { SaveFile } from './device-identity.ts';
import { ConfigError } from './errors.ts';

const SECRET_BYTES = 32;
const fileSchema = z.object({ secret_key: z.string().min(1) });

/**
 * Reads the secret, or makes one where there is no file.
 * @throws {ConfigError} when the file is there and cannot be read: a new secret would make old passwords useless.
 */
export function loadSecretKey(file: string, components: { random: Random; save: SaveFile }): string {
  if (existsSync(file)) {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).secret_key;
    } catch {
      throw new ConfigError(`The file ${file} holds no secret key; restore it, or set CANOPY_SECRET_KEY.`);
    }
  }
  const secret = Buffer.from(components.random.bytes(SECRET_BYTES)).toString('hex');
  components.save(file, `{"secret_key": "${secret}"}`);
  return secret;
}
