import { expect, it } from 'vitest';
import { changeUri, openTestDatabase } from '../../src/testing/database.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { login, register, signIn, signUp, wrongCode } from '../flows.ts';

interface SeenCommand {
  commandName: string;
  command: Record<string, unknown>;
}

const explainable = new Set(['find', 'findAndModify', 'update', 'delete', 'count', 'aggregate', 'distinct']);
const plumbing = new Set(['lsid', '$db', '$clusterTime', 'writeConcern', 'ordered', 'txnNumber', '$readPreference']);

/** Walks through what administrators read and do. */
async function administer(app: TestApp, userId: string): Promise<void> {
  const { caller } = await app.person('the-admin', { role: 'admin' });
  const reason = 'asked by phone';
  for (const list of [{}, { search: 'p' }, { search: 'ada l' }, { sort: 'name' as const }]) {
    const { nextCursor } = await caller.admin.listUsers({ ...list, limit: 1 });
    if (nextCursor !== null) await caller.admin.listUsers({ ...list, limit: 1, cursor: nextCursor });
  }
  for (const filters of [
    { role: 'admin' as const },
    { status: 'disabled' as const },
    { verified: false },
    { hasSessions: true },
    { search: 'p', status: 'disabled' as const, sort: 'name' as const },
  ])
    await caller.admin.listUsers(filters);
  for (const filters of [
    {},
    { userId },
    { actor: 'cli' },
    { actor: 'cli', type: 'registered' as const },
    { type: 'registered' as const, from: '2026-01-01T00:00:00.000Z' },
  ]) {
    const { nextCursor } = await caller.admin.listAudit({ ...filters, limit: 1 });
    if (nextCursor !== null) await caller.admin.listAudit({ ...filters, limit: 1, cursor: nextCursor });
    const { path } = await caller.admin.exportAudit({ ...filters, format: 'csv' });
    await (await fetch(`${app.url}${path}`)).text();
  }
  await caller.admin.overview({});
  await caller.admin.getUser({ userId });
  await caller.admin.updateUser({ userId, lastName: 'King', reason });
  await caller.admin.unlockUser({ userId, reason });
  await caller.admin.sendPasswordReset({ userId, reason });
  const { id: other } = await app.account();
  for (const role of ['admin', 'user'] as const) await caller.admin.setUserRole({ userId: other, role, reason });
  for (const status of ['disabled', 'active'] as const)
    await caller.admin.setUserStatus({ userId: other, status, reason });
  await caller.admin.revokeUserSessions({ userId: other, reason });
  await caller.admin.deleteUser({ userId: other, reason });
  await app.services.admins.repair();
}

/** Walks through every procedure that reads or writes, the mail worker and the limits included. */
async function useEverything(app: TestApp): Promise<void> {
  const person = await register(app);
  const { challengeId, code } = await login(app, person);
  await app.call('auth.verifyOtp', { challengeId, otp: wrongCode(code) });
  app.clock.advance(30);
  await app.call('auth.resendOtp', { challengeId });
  await app.mail.waitFor(({ text }) => codeIn(text) !== '' && codeIn(text) !== code);
  const first = await signIn(app, person);
  const second = await signIn(app, person);
  const token = second.accessToken;
  await app.call('auth.refresh', { refreshToken: second.refreshToken });
  await app.call('user.listActivity', { limit: 2 }, { token });
  const page = await app.call<{ nextCursor: string }>('user.listActivity', { limit: 2 }, { token });
  await app.call('user.listActivity', { limit: 2, cursor: page.data.nextCursor }, { token });
  await app.call('user.updateProfile', { firstName: 'Augusta' }, { token });
  await app.call('session.confirm', { password: person.password }, { token });
  await app.call('user.changeUsername', { username: `${person.username}-2` }, { token });
  await app.call('auth.isUsernameFree', { username: person.username });
  const { id: userId } = (await app.call<{ id: string }>('user.me', undefined, { token })).data;
  await administer(app, userId);
  const taken = await register(app);
  await app.call('user.changeUsername', { username: taken.username }, { token });
  await app.call('auth.requestPasswordReset', { email: person.email });
  const reset = await app.mail.waitFor(({ to, text }) => to === person.email && text.includes('token='));
  const moved = await app.call<{ challengeId: string }>(
    'user.requestEmailChange',
    { email: `new-${person.email}`, currentPassword: person.password },
    { token },
  );
  const mail = await app.mail.waitFor(({ to }) => to === `new-${person.email}`);
  const otp = codeIn(mail.text) || (/\b\d{6}\b/.exec(mail.text)?.[0] ?? '');
  await app.call('user.confirmEmailChange', { challengeId: moved.data.challengeId, otp }, { token });
  await app.call('auth.logout', { refreshToken: first.refreshToken });
  await app.call('session.revokeOthers', undefined, { token });
  const change = {
    currentPassword: person.password,
    password: 'another passphrase of some length',
    confirmPassword: 'another passphrase of some length',
  };
  const changed = await app.call<{ accessToken: string }>('user.changePassword', change, { token });
  await app.call(
    'user.deleteAccount',
    { currentPassword: 'another passphrase of some length' },
    { token: changed.data.accessToken },
  );
  // It was moved a moment ago, so it is closed first.
  const notice = await app.mail.waitFor(({ to, subject }) => to === person.email && subject.includes('is closed'));
  await app.call('auth.closeEmailUndo', { code: /#code=([\w.-]+)/.exec(notice.text)?.[1] });
  const other = await app.person();
  await app.call('user.deleteAccount', { currentPassword: other.password }, { token: other.accessToken });
  const resetToken = /token=(\S+)/.exec(reset.text)?.[1];
  await app.call('auth.resetPassword', {
    token: resetToken,
    password: 'yet another passphrase of mine',
    confirmPassword: 'yet another passphrase of mine',
  });
  await signUp(app);
  await app.mailWorker.health();
  await app.services.audit.seal();
  const { audit, auditHeads, auditErasures } = app.stores;
  await app.services.audit.forgetOriginsAfter('nobody', new Date(0));
  for (const erasure of await auditErasures.listDue(app.clock.now(), 1)) await auditErasures.remove(erasure);
  const [today = ''] = await auditHeads.listDays('', '9999');
  const [head] = await auditHeads.listOf(today);
  for await (const { chain } of audit.streamDay(today)) if (chain.id !== head?._id) throw new Error('another chain');
  await audit.countLinks(`${head?._id}`, 1, 2);
  await audit.countUnchained(today, new Date(0), app.clock.now());
}

/** The filters of the list of accounts, each with the index that finds those few whom it lets through. */
const indexesOfFilters = [
  ['role', 'role_1_createdAt_-1__id_-1'],
  ['status', 'status_1_createdAt_-1__id_-1'],
  ['emailVerifiedAt', 'emailVerifiedAt_1_createdAt_-1__id_-1'],
  ['sessions', 'sessions.expiresAt_1'],
] as const;

it('uses an index for every query of every store', async () => {
  await using database = await openTestDatabase();
  const uri = changeUri(database.uri, { options: { monitorCommands: 'true' } });
  await using app = await createTestApp({ env: { MONGODB_URI: uri } });
  const seen = new Map<string, Record<string, unknown>>();
  app.connection.getClient().on('commandStarted', ({ commandName, command }: SeenCommand) => {
    if (!explainable.has(commandName)) return;
    // How many documents there are, a collection knows.
    if (commandName === 'count' && command.query === undefined) return;
    const bare = Object.fromEntries(Object.entries(command).filter(([name]) => !plumbing.has(name)));
    // One of each shape: the same fields and operators, whatever the values.
    const shape = JSON.stringify(bare, (_key, value) => (typeof value === 'object' ? value : typeof value));
    seen.set(shape, bare);
  });
  await useEverything(app);
  const commands = [...seen.values()];
  expect(commands.length).toBeGreaterThan(25);

  const collections = new Set(commands.map((command) => Object.values(command)[0]));
  expect(collections).toEqual(
    new Set([
      'users',
      'challenges',
      'outbox',
      'counters',
      'audit',
      'auditHeads',
      'auditErasures',
      'exportTickets',
      'settings',
      'hourlyCounts',
    ]),
  );

  const found = new Set<string>();
  for (const command of commands) {
    const plan = await app.connection.db?.command({ explain: command, verbosity: 'queryPlanner' });
    const text = JSON.stringify(plan);
    expect(text, JSON.stringify(command)).not.toContain('COLLSCAN');
    expect(text, JSON.stringify(command)).toMatch(/IXSCAN|IDHACK|EXPRESS/);
    const filtered = indexesOfFilters.find(
      ([field]) => command.find === 'users' && JSON.stringify(command.filter).startsWith(`{"$and":[{"${field}":`),
    );
    if (!filtered) continue;
    expect(text, JSON.stringify(command)).toContain(filtered[1]);
    found.add(filtered[0]);
  }
  expect(found).toEqual(new Set(indexesOfFilters.map(([field]) => field)));
});
