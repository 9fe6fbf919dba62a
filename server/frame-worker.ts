/**
 * The thread that reads frames too large for the event loop: `mesh/large/large-frames.ts` asks, this answers. An entry
 * of its own in the build.
 */
import { parentPort } from 'node:worker_threads';
import { nativeCrypto } from './crypto/native.ts';
import { FrameAnswering } from './mesh/large/answering.ts';
import type { Question } from './mesh/large/answering.ts';

const answering = new FrameAnswering({ crypto: nativeCrypto });
parentPort?.on('message', (question: Question) => parentPort?.postMessage(answering.answer(question)));
