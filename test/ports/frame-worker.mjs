// The thread of a node, run from its sources.
import { register } from 'tsx/esm/api';

register();
await import('../../server/frame-worker.ts');
