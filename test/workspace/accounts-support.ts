/** A workspace's accounts, keys and sessions over a database in memory; bcrypt is real. */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import type { NodeEvent } from '../../server/telemetry/bus.ts';
import { AccountCreation } from '../../server/workspace/account-creation.ts';
import { Accounts } from '../../server/workspace/accounts.ts';
import { ApiKeys } from '../../server/workspace/api-keys.ts';
import { Passwords } from '../../server/workspace/password.ts';
import { Sessions } from '../../server/workspace/sessions.ts';
import { memoryStore } from '../store/support.ts';

export const PASSWORD = 'Good#Pass1';

export function accountParts({ autoApprove = false } = {}) {
  const { store, rows, ports } = memoryStore();
  const { clock, random } = ports;
  const { commit } = store;
  const events: NodeEvent[] = [];
  const bus = new EventBus((error) => {
    throw error;
  });
  bus.subscribe((event) => events.push(event));
  const apiKeys = new ApiKeys({
    rows: rows.apiKeys,
    users: rows.users,
    commit,
    clock,
    random,
    crypto: nativeCrypto,
    bus,
  });
  const sessions = new Sessions({ rows: rows.sessions, commit, clock, random, crypto: nativeCrypto, bus });
  const passwords = new Passwords({ crypto: nativeCrypto }, { secretKey: 'secret' });
  const creation = new AccountCreation({ ...rows, members: rows.channelMembers, clock, random });
  const accounts = new Accounts(
    {
      users: rows.users,
      systemState: rows.systemState,
      creation,
      apiKeys,
      sessions,
      passwords,
      commit,
      clock,
      bus,
    },
    { autoApprove },
  );
  return { store, rows, ports, apiKeys, sessions, accounts, events };
}
