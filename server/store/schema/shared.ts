/** All shared tables, in an order in which references point backwards (03 section 2.5). */
import { attentionTables } from './attention.ts';
import { channelsTables } from './channels.ts';
import { contentTables } from './content.ts';
import { peersTables } from './peers.ts';
import { peopleTables } from './people.ts';
import { deskTables } from './desk.ts';
import type { SharedTable } from './types.ts';

export const SHARED_TABLES: readonly SharedTable[] = [
  ...peopleTables,
  ...channelsTables,
  ...contentTables,
  ...peersTables,
  ...attentionTables,
  ...deskTables,
];
