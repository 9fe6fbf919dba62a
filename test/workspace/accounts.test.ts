/** Accounts (03 sections 3.1, 3.5, 3.6): setup, registration, sign-in, owner, approval. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBase58 } from '../../server/wire/base58.ts';
import type { ChannelId, UserId } from '../../server/wire/ids.ts';
import { MAX_PENDING_ACCOUNTS } from '../../server/workspace/accounts.ts';
import { accountParts, PASSWORD } from './accounts-support.ts';

const GENERAL = 'general' as ChannelId;

describe('setup', () => {
  test('makes the owner with keys and memberships, once', async () => {
    const { accounts, rows, events } = accountParts();
    assert.equal(accounts.hasUsers(), false);
    assert.equal(accounts.owner(), null);
    rows.channels.insert({
      id: 'C00000000000000aa' as ChannelId,
      name: 'plans',
      channelType: 'public',
      privacyMode: 'open',
      createdBy: 'system' as UserId,
      originPeer: null,
      description: null,
      now: 0,
    });
    const owner = await accounts.setup({ username: ' ada ', password: PASSWORD });
    assert.match(owner.id, /^user_[0-9a-f]{16}$/);
    assert.deepEqual(
      [owner.username, owner.displayName, owner.status, owner.accountType],
      ['ada', 'ada', 'active', 'human'],
    );
    assert.equal(decodeBase58(owner.publicKey).length, 32);
    assert.deepEqual([accounts.hasUsers(), accounts.owner()?.id], [true, owner.id]);
    assert.equal(rows.users.hasKeys(owner.id), true);
    const quarantine = rows.systemState.get('agent_quarantine_channel_id');
    assert.deepEqual(
      rows.channelMembers.ofUser(owner.id).map((m) => [m.channelId, m.role]),
      [
        [GENERAL, 'member'],
        ['C00000000000000aa', 'member'],
        [quarantine, 'admin'],
      ],
    );
    assert.deepEqual(events, [{ type: 'profile.local', userId: owner.id }]);
    await assert.rejects(accounts.setup({ username: 'eve', password: PASSWORD }), { code: 'setup_done' });
  });

  test('two at once: one wins', async () => {
    const { accounts } = accountParts();
    const results = await Promise.allSettled(
      ['ada', 'eve'].map((username) => accounts.setup({ username, password: PASSWORD })),
    );
    assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected']);
  });

  test('names and passwords are checked before anything is written', async () => {
    const { accounts, rows } = accountParts();
    const before = rows.users.list().length;
    const cases: [Parameters<typeof accounts.setup>[0], string][] = [
      [{ username: ' a ', password: PASSWORD }, 'username_required'],
      [{ username: 'a<b>', password: PASSWORD }, 'invalid_username'],
      [{ username: 'peer-ada', password: PASSWORD }, 'invalid_username'],
      [{ username: 'a'.repeat(65), password: PASSWORD }, 'invalid_username'],
      [{ username: 'System', password: PASSWORD }, 'username_taken'],
      [{ username: 'ada', displayName: 'a\u0000b', password: PASSWORD }, 'invalid_display_name'],
      [{ username: 'ada', displayName: 'x'.repeat(101), password: PASSWORD }, 'invalid_display_name'],
      [{ username: 'ada', password: 'short' }, 'weak_password'],
      [{ username: 'ada', password: PASSWORD, passwordConfirm: `${PASSWORD}x` }, 'password_mismatch'],
    ];
    for (const [fields, code] of cases) await assert.rejects(accounts.setup(fields), { code });
    assert.equal(rows.users.list().length, before);
    const owner = await accounts.setup({
      username: 'ada',
      displayName: '  Ada L. ',
      password: PASSWORD,
      passwordConfirm: PASSWORD,
    });
    assert.equal(owner.displayName, 'Ada L.');
  });
});

describe('registration', () => {
  test('in the browser makes active people, who are not owners', async () => {
    const { accounts, rows } = accountParts();
    const owner = await accounts.setup({ username: 'ada', password: PASSWORD });
    const bob = await accounts.register({ username: 'bob', password: PASSWORD });
    assert.deepEqual([bob.status, accounts.owner()?.id], ['active', owner.id]);
    assert.deepEqual(
      rows.channelMembers.ofUser(bob.id).map((m) => m.channelId),
      [GENERAL],
    );
    await assert.rejects(accounts.register({ username: 'bob', password: PASSWORD }), {
      code: 'username_taken',
      message: 'Username "bob" is already taken',
      field: 'username',
    });
    assert.equal((await accounts.register({ username: 'Bob', password: PASSWORD })).username, 'Bob');
  });

  test('by API waits for approval, with a key, in the channels of its kind', async () => {
    const { accounts, apiKeys, rows } = accountParts();
    await accounts.setup({ username: 'ada', password: PASSWORD });
    const human = await accounts.registerByApi({ username: 'hal', password: PASSWORD, accountType: 'human' });
    const agent = await accounts.registerByApi({ username: 'bot', password: PASSWORD, accountType: 'agent' });
    assert.deepEqual([human.account.status, agent.account.status], ['pending_approval', 'pending_approval']);
    assert.equal(apiKeys.authenticate(agent.apiKey)?.user.status, 'pending_approval');
    const quarantine = rows.systemState.get('agent_quarantine_channel_id');
    assert.deepEqual([human.quarantineChannelId, agent.quarantineChannelId], [null, quarantine]);
    assert.deepEqual(
      rows.channelMembers.ofUser(agent.account.id).map((m) => m.channelId),
      [quarantine],
    );
    assert.deepEqual(
      rows.channelMembers.ofUser(human.account.id).map((m) => m.channelId),
      [GENERAL],
    );
    const rule = rows.users.governance(agent.account.id);
    assert.deepEqual([rule?.blockPublic, [...(rule?.allowed ?? [])]], [true, [quarantine]]);
    assert.equal(rows.users.governance(human.account.id), null);
    assert.deepEqual(
      accounts.list().map((a) => [a.username, a.status]),
      [
        ['ada', 'active'],
        ['hal', 'pending_approval'],
        ['bot', 'pending_approval'],
      ],
    );
  });

  test('approval can be automatic', async () => {
    const { accounts } = accountParts({ autoApprove: true });
    const { account } = await accounts.registerByApi({
      username: 'bot',
      password: PASSWORD,
      accountType: 'agent',
    });
    assert.equal(account.status, 'active');
  });

  test('a stranger who registers before the setup does not lock its owner out', async () => {
    const { accounts } = accountParts();
    await accounts.registerByApi({ username: 'eve', password: PASSWORD, accountType: 'human' });
    assert.deepEqual([accounts.hasUsers(), accounts.owner()], [false, null]);
    const owner = await accounts.setup({ username: 'ada', password: PASSWORD });
    assert.equal(accounts.owner()?.id, owner.id);
  });

  test('unapproved accounts do not pile up without end', async () => {
    const { accounts, rows, ports } = accountParts();
    for (let n = 0; n < MAX_PENDING_ACCOUNTS; n += 1) {
      rows.users.insert({
        id: `user_${n}` as UserId,
        username: `waiting${n}`,
        publicKey: 'k',
        displayName: null,
        passwordHash: 'x',
        status: 'pending_approval',
        now: ports.time,
      });
    }
    await assert.rejects(
      accounts.registerByApi({ username: 'eve', password: PASSWORD, accountType: 'human' }),
      { code: 'registration_full' },
    );
    assert.equal(rows.users.byUsername('eve'), undefined);
  });
});

describe('signing in', () => {
  test('needs the right password of an active account', async () => {
    const { accounts } = accountParts();
    const owner = await accounts.setup({ username: 'ada', password: PASSWORD });
    const { account: bob } = await accounts.registerByApi({
      username: 'bob',
      password: PASSWORD,
      accountType: 'human',
    });
    assert.equal((await accounts.login(' ada', PASSWORD)).id, owner.id);
    for (const [name, password, code] of [
      ['ada', 'Wrong#Pass1', 'login_failed'],
      ['Ada', PASSWORD, 'login_failed'],
      ['nobody', PASSWORD, 'login_failed'],
      ['system', '', 'login_incomplete'],
      ['System', PASSWORD, 'login_failed'],
      ['', PASSWORD, 'login_incomplete'],
      ['bob', PASSWORD, 'account_inactive'],
      ['bob', 'Wrong#Pass1', 'login_failed'],
    ] as const) {
      await assert.rejects(accounts.login(name, password), { code }, `${name} ${code}`);
    }
    accounts.setStatus(owner.id, bob.id, 'active');
    assert.equal((await accounts.login('bob', PASSWORD)).id, bob.id);
    accounts.setStatus(owner.id, bob.id, 'suspended');
    await assert.rejects(accounts.login('bob', PASSWORD), {
      code: 'account_inactive',
      message: 'Account suspended',
    });
  });

  test('a password is changed by who knows it', async () => {
    const { accounts } = accountParts();
    const { id } = await accounts.setup({ username: 'ada', password: PASSWORD });
    const next = 'Other#Pass2';
    await assert.rejects(accounts.changePassword(id, { current: 'Wrong#1a', password: next }), {
      code: 'wrong_password',
    });
    await assert.rejects(accounts.changePassword(id, { current: PASSWORD, password: 'weak' }), {
      code: 'weak_password',
    });
    await assert.rejects(
      accounts.changePassword(id, { current: PASSWORD, password: next, passwordConfirm: 'x' }),
      { code: 'password_mismatch' },
    );
    await accounts.changePassword(id, { current: PASSWORD, password: next });
    await assert.rejects(accounts.login('ada', PASSWORD), { code: 'login_failed' });
    assert.equal((await accounts.login('ada', next)).id, id);
  });
});

describe('the owner', () => {
  test('decides about others only', async () => {
    const { accounts } = accountParts();
    const ada = await accounts.setup({ username: 'ada', password: PASSWORD });
    const bob = await accounts.register({ username: 'bob', password: PASSWORD });
    assert.throws(() => accounts.setStatus(bob.id, ada.id, 'suspended'), { code: 'owner_required' });
    assert.throws(() => accounts.setStatus(ada.id, ada.id, 'suspended'), { code: 'owner_required' });
    assert.throws(() => accounts.setStatus(ada.id, 'user_x' as UserId, 'active'), { code: 'user_not_found' });
    assert.throws(() => accounts.setStatus(ada.id, 'system' as UserId, 'suspended'), {
      code: 'user_not_found',
    });
  });

  test('is found anew when the stored one cannot own', async () => {
    const { accounts, rows, ports } = accountParts();
    const ada = await accounts.setup({ username: 'ada', password: PASSWORD });
    const bob = await accounts.register({ username: 'bob', password: PASSWORD });
    rows.users.update(ada.id, { status: 'suspended' }, ports.time);
    assert.equal(accounts.owner()?.id, bob.id);
    rows.users.update(ada.id, { status: 'active' }, ports.time);
    assert.equal(accounts.owner()?.id, bob.id, 'and stays');
    rows.systemState.set('instance_owner_id', 'user_gone', ports.time);
    assert.equal(accounts.owner()?.id, ada.id, 'the oldest');
  });
});
