/** Both crypto backends: every vector holds for each. */
import type { CryptoBackend } from '../../server/crypto/backend.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { nobleCrypto } from '../../server/crypto/noble.ts';

export const backends: readonly CryptoBackend[] = [nativeCrypto, nobleCrypto];
