/** `storage`: pure functions of storage, and data directories the reference wrote (03). */
import path from 'node:path';
import { isObject } from '../check.ts';
import { directoryCases } from '../storage/directory.ts';
import { functionCases } from '../storage/functions.ts';
import type { VectorClass } from '../types.ts';

export const storage: VectorClass = {
  name: 'storage',
  recognises: (json, file) =>
    isObject(json) &&
    (path.basename(file) === 'expected.json' || ('group_id' in json && 'api_key_hash' in json)),
  cases: (json, context) =>
    path.basename(context.path) === 'expected.json' ? directoryCases(json, context) : functionCases(json),
};
