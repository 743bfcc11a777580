import { createHash } from 'node:crypto';
import type { ActivityItem } from '@latchkey/shared/schemas';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createErasures } from '../../src/domain/audit/erasures.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { fromNewAddress, newPerson } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import {
  enterCode,
  login,
  refresh,
  register,
  resetPassword,
  resetToken,
  signUp,
  signUpByCode,
  tryPassword,
  wrongCode,
} from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, mailsTo, stored, storedUser } from '../stored.ts';

const day = 86_400;
const newPassword = 'a brand new passphrase of mine';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const eventsOf = (userId: string) => stored(app).audit.find({ userId }).sort({ at: 1 }).toArray();
const activity = async (token: string, input: Record<string, unknown> = {}) =>
  (await app.call<{ items: ActivityItem[]; nextCursor: string | null }>('user.listActivity', input, { token })).data;

describe('the audit', () => {
  it('has every authentication event with type, person, address, device and time, and no secret of any', async () => {
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0' };
    const secrets: string[] = [];
    const person = newPerson();
    secrets.push(person.password, newPassword);
    const from = { headers: { ...headers, 'x-forwarded-for': '203.0.113.40' } };
    const step = () => app.clock.advance(1);

    await app.call('auth.register', { ...person, confirmPassword: person.password }, from);
    const { _id: userId } = await storedUser(app, person);
    step();
    await tryPassword(app, person.username, 'a wrong password', from);
    secrets.push('a wrong password');
    step();
    const { challengeId, code } = await login(app, person, from);
    secrets.push(code);
    step();
    await enterCode(app, challengeId, wrongCode(code), from);
    step();
    const session = (await enterCode(app, challengeId, code, from)).data;
    step();
    const token = session.accessToken;
    secrets.push(session.accessToken, session.refreshToken);
    await app.call('user.updateProfile', { firstName: 'Grace' }, { token, ...from });
    step();
    const change = { password: newPassword, confirmPassword: newPassword };
    await app.call('user.changePassword', { currentPassword: 'another wrong one', ...change }, { token, ...from });
    secrets.push('another wrong one');
    step();
    await app.call('session.confirm', { password: person.password }, { token, ...from });
    step();
    await app.call('user.changePassword', { currentPassword: person.password, ...change }, { token, ...from });
    step();
    const owner = { ...person, password: newPassword };
    const other = await app.session(owner);
    step();
    await app.call('session.revokeOthers', undefined, { token: other.accessToken, ...from });
    step();
    const third = await app.session(owner);
    const { sid } = JSON.parse(Buffer.from(`${third.refreshToken.split('.')[1]}`, 'base64url').toString());
    await app.call('session.revoke', { sessionId: sid }, { token: other.accessToken, ...from });
    step();
    const email = newPerson().email;
    const asked = await app.call<{ challengeId: string }>(
      'user.requestEmailChange',
      { email, currentPassword: newPassword },
      { token: other.accessToken, ...from },
    );
    const otp = /(\d{6})/.exec((await app.mail.waitFor(({ to }) => to === email)).text)?.[1] ?? '';
    secrets.push(otp);
    step();
    const { challengeId: moving } = asked.data;
    await app.call('user.confirmEmailChange', { challengeId: moving, otp }, { token: other.accessToken, ...from });
    step();
    const notice = (await mailsTo(app, person.email)).findLast(({ text }) => text.includes('#code='));
    const undoCode = /#code=([\w.-]+)/.exec(notice?.text ?? '')?.[1] ?? '';
    secrets.push(undoCode);
    await app.call('auth.undoEmailChange', { code: undoCode, ...change }, from);
    step();
    const link = await resetToken(app, person.email);
    secrets.push(link);
    step();
    await resetPassword(app, link, `${newPassword} again`);
    step();
    const last = await app.session(person);
    secrets.push(last.refreshToken, last.accessToken);
    const second = (await refresh(app, last.refreshToken)).data;
    await refresh(app, second.refreshToken);
    step();
    await refresh(app, last.refreshToken);
    step();
    const leaving = await app.session(person);
    await app.call('auth.logout', { refreshToken: leaving.refreshToken }, from);
    step();
    const gone = await app.session(person);
    // The addresses go with the account.
    const events = await eventsOf(userId);
    await app.call(
      'user.deleteAccount',
      { currentPassword: `${newPassword} again` },
      { token: gone.accessToken, ...from },
    );

    const types = (await eventsOf(userId)).map(({ type }) => type);
    expect(new Set(types)).toEqual(
      new Set([
        'registered',
        'sign-in-failed',
        'code-sent',
        'code-failed',
        'signed-in',
        'profile-updated',
        'password-confirmation-failed',
        'session-confirmed',
        'password-changed',
        'other-sessions-revoked',
        'session-revoked',
        'email-change-requested',
        'email-changed',
        'email-change-undone',
        'password-reset-requested',
        'password-reset',
        'refresh-reused',
        'signed-out',
        'account-deleted',
      ]),
    );
    const changed = events.find(({ type }) => type === 'password-changed');
    expect(changed).toMatchObject({ userId, ip: '203.0.113.40', userAgent: headers['user-agent'] });
    expect(changed?.at).toBeInstanceOf(Date);
    for (const event of events) expect(event.ip).not.toBe('');

    const kept = JSON.stringify(await stored(app).audit.find().toArray());
    for (const secret of secrets) {
      expect(secret).not.toBe('');
      // A code could stand in a time or an id by chance; as a value of its own it cannot.
      expect(kept).not.toContain(/^\d{6}$/.test(secret) ? `"${secret}"` : secret);
    }
  });

  it('is read by its owner whole or by kind, page by page, a kind as if nothing else had happened', async () => {
    const person = await app.person('ada');
    const { accessToken: token } = person;
    for (let change = 0; change < 3; change += 1) {
      await app.call('user.updateProfile', { firstName: `Ada ${change}` }, { token });
      await tryPassword(app, person.username, 'wrong password');
      await app.call('session.confirm', { password: person.password }, { token });
    }
    const all = (await activity(token, { limit: 100 })).items.map(({ type }) => type);
    const of = async (kind: string) => {
      const first = await activity(token, { kind, limit: 2 });
      const second = await activity(token, { kind, limit: 100, cursor: first.nextCursor });
      expect([first.items.length, second.nextCursor]).toEqual([2, null]);
      return [...first.items, ...second.items].map(({ type }) => type);
    };
    expect(await of('warnings')).toEqual(all.filter((type) => type === 'sign-in-failed'));
    expect(await of('warnings')).toHaveLength(3);
    const [changes, signIns] = [await of('changes'), await of('sign-ins')];
    expect(changes.filter((type) => type === 'profile-updated')).toHaveLength(3);
    expect(signIns).toContain('session-confirmed');
    // Each event is a change or belongs to a sign-in.
    expect([...changes, ...signIns].toSorted()).toEqual(all.toSorted());
    expect((await app.call('user.listActivity', { kind: 'everything' }, { token })).code).toBe('VALIDATION');
  });

  it('has a keyed hash where the name is unknown, as people type passwords there', async () => {
    const typed = `hunter2-${newPerson().username}`;
    await tryPassword(app, typed, 'whatever');
    await tryPassword(app, ` ${typed.toUpperCase()}`, 'whatever');
    const events = await stored(app)
      .audit.find({ type: 'sign-in-failed', userId: { $exists: false } })
      .toArray();
    expect(events).toHaveLength(2);
    const [first, second] = events.map(({ details }) => details.nameHash);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(second).toBe(first);
    expect(JSON.stringify(events)).not.toContain('hunter2');
    for (const encoding of ['hex', 'base64url'] as const) {
      expect(first).not.toBe(createHash('sha256').update(typed).digest(encoding));
    }
  });

  it('has a keyed hash of the address where a link was asked for that nobody has', async () => {
    const { email } = newPerson();
    for (const typed of [email, email.toUpperCase()]) {
      await app.call('auth.requestPasswordReset', { email: typed }, { headers: { 'x-forwarded-for': '203.0.113.41' } });
      await app.mail.settled();
    }
    const events = await stored(app).audit.find({ type: 'password-reset-requested', ip: '203.0.113.41' }).toArray();
    expect(events).toHaveLength(2);
    for (const event of events) expect(event).not.toHaveProperty('userId');
    const [first, second] = events.map(({ details }) => details.nameHash);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(second).toBe(first);
    expect(JSON.stringify(events)).not.toContain(email.split('@')[0]);
    await tryPassword(app, email, 'whatever');
    await tryPassword(app, newPerson().email, 'whatever');
    const hashes = (await stored(app).audit.find({ type: 'sign-in-failed' }).toArray()).map(
      ({ details }) => details.nameHash,
    );
    expect(hashes.filter((hash) => hash === first)).toHaveLength(1);
  });

  it('has one event for a lock, and none for the calls that it refuses', async () => {
    const person = await app.account();
    const responses = await atOnce(20, () => tryPassword(app, person.username, 'wrong password'));
    expect(tally(responses)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 10 });
    const types = await auditTypes(app, person.id);
    expect(types.filter((type) => type === 'sign-in-locked')).toHaveLength(1);
    expect(types.filter((type) => type === 'sign-in-failed')).toHaveLength(9);
    expect(types).toHaveLength(10);
  });

  it('has no event for what other limits refuse', async () => {
    const person = await app.account();
    const { id: _id } = person;
    for (let index = 0; index < 2; index += 1) {
      const { challengeId, code } = await login(app, person);
      await atOnce(5, () => enterCode(app, challengeId, wrongCode(code)));
    }
    const { challengeId, code } = await login(app, person);
    const before = await auditTypes(app, _id);
    const refused = await atOnce(5, () => enterCode(app, challengeId, code));
    expect(tally(refused)).toEqual({ RATE_LIMITED: 5 });
    expect(await auditTypes(app, _id)).toEqual(before);
  });

  it('has one event for a link to reset, however often its mail was tried', async () => {
    // A mail server that is out of order twice.
    let texts: string[] = [];
    let failures = 2;
    const flaky = new SMTPServer({
      logger: false,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, _session, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          failures -= 1;
          if (failures >= 0) return callback(Object.assign(new Error('Try again'), { responseCode: 451 }));
          texts = [...texts, Buffer.concat(chunks).toString()];
          return callback();
        });
      },
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', resolve));
    const address = flaky.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await using down = await createTestApp({
        env: {
          SMTP_URL: `smtp://127.0.0.1:${port}`,
          MAIL_FROM: 'no-reply@example.com',
        },
      });
      const person = await register(down);
      const { _id: userId } = await storedUser(down, person);
      await down.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
      const jobs = stored(down).outbox;
      await expect
        .poll(async () => {
          if (await jobs.findOne({ leaseUntil: { $exists: false } })) down.clock.advance(60);
          await down.mailWorker.wake();
          return jobs.countDocuments();
        })
        .toBe(0);
      expect(failures).toBe(-1);
      expect(texts).toHaveLength(1);
      // Of three links that were made, the one that left is there.
      expect(await stored(down).challenges.countDocuments({ userId })).toBe(1);
      const requested = await stored(down).audit.countDocuments({ userId, type: 'password-reset-requested' });
      expect(requested).toBe(1);
    } finally {
      await new Promise<void>((resolve) => flaky.close(resolve));
    }
  });

  it('forgets a day as a whole, after 180 days or as AUDIT_DAYS says', async () => {
    const indexes = await stored(app).audit.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
    const now = new Date('2026-03-01T22:59:59.000Z');
    for (const [env, end] of [
      [{}, '2026-08-29T00:00:00.000Z'],
      [{ AUDIT_DAYS: '7' }, '2026-03-09T00:00:00.000Z'],
    ] as const) {
      await using other = await createTestApp({ env, now });
      for (const advance of ['0s', '1h'] as const) {
        other.clock.advance(advance);
        await other.services.audit.record('signed-out', 'ada', { ip: '', userAgent: '' });
      }
      const events = await stored(other).audit.find().toArray();
      expect(events.map(({ expiresAt }) => expiresAt.toISOString())).toEqual([end, end]);
      other.clock.advance('1s');
      await other.services.audit.record('signed-out', 'eve', { ip: '', userAgent: '' });
      const [next] = await stored(other).audit.find({ userId: 'eve' }).toArray();
      expect(next?.expiresAt.getTime()).toBe(new Date(end).getTime() + day * 1000);
    }
  });

  it('has the session in which somebody did something', async () => {
    const person = await app.person();
    await person.caller.user.updateProfile({ firstName: 'Grace' });
    const [own] = await person.caller.session.list();
    const events = await app.audit.of(person);
    expect(events.map(({ type, sessionId }) => [type, sessionId])).toEqual([
      ['signed-in', own?.id],
      ['profile-updated', own?.id],
    ]);
  });

  it('loses where a person came from when an account that was closed has ended, unless it has been opened again', async () => {
    const { forgetOriginsAfter } = app.services.audit;
    const [gone, closed, back] = [await app.person(), await app.person(), await app.person()];
    const dueAt = new Date(app.clock.now().getTime() + day * 1000);
    for (const { user } of [gone, closed, back]) await forgetOriginsAfter(user.id, dueAt);
    const { users, auditErasures } = stored(app);
    await users.deleteOne({ _id: gone.user.id });
    await users.updateOne({ _id: closed.user.id }, { $set: { status: 'disabled' } });
    const addressOf = async ({ user }: typeof gone) => (await eventsOf(user.id))[0]?.ip;
    const erasures = createErasures({ stores: app.stores, system: app.clock });

    await erasures.run();
    expect(await addressOf(gone)).not.toBe('');
    app.clock.advance('1d');
    await erasures.run();
    expect(await Promise.all([gone, closed, back].map(addressOf))).toEqual(['', '198.51.100.7', '198.51.100.7']);
    expect(await auditErasures.find().toArray()).toEqual([{ _id: closed.user.id, dueAt }]);
    await users.deleteOne({ _id: closed.user.id });
    await erasures.run();
    expect([await addressOf(closed), await auditErasures.countDocuments()]).toEqual(['', 0]);
  });

  it('keeps who did it to whom, in which session and why apart from the rest', async () => {
    const origin = { ip: '203.0.113.42', userAgent: 'test' };
    const particulars = { actor: 'an-admin', sessionId: 'their-session', reason: 'asked by phone', more: 'detail' };
    await app.services.audit.record('session-revoked', 'somebody', origin, particulars);
    const { more, ...fields } = particulars;
    const [event] = await stored(app).audit.find({ userId: 'somebody' }).toArray();
    expect(event).toMatchObject({ ...fields, ...origin, details: { more } });
  });

  it('loses where a person came from with their account, and nothing else', async () => {
    const other = await app.person();
    const origin = { ip: '203.0.113.77', userAgent: 'a browser of its own' };
    const person = await app.person();
    const from = { headers: { 'x-forwarded-for': origin.ip, 'user-agent': origin.userAgent } };
    await tryPassword(app, person.username, 'a wrong password', from);
    await app.services.audit.record('session-revoked', person.id, origin, { actor: other.id });
    await app.services.audit.record('session-revoked', other.id, origin, { actor: person.id });
    const { id: userId } = person;
    const before = await stored(app).audit.find({ userId }).toArray();
    const deletion = { currentPassword: person.password };
    const deleted = await app.call('user.deleteAccount', deletion, { token: person.accessToken, ...from });
    expect(deleted.status).toBe(200);

    const after = await stored(app).audit.find({ userId }).toArray();
    expect(after.map(({ type }) => type).toSorted()).toEqual(
      ['account-deleted', ...before.map(({ type }) => type)].toSorted(),
    );
    const left = await stored(app)
      .audit.find({ $or: [{ ip: origin.ip }, { userAgent: origin.userAgent }] })
      .toArray();
    // What somebody else did to the account is theirs.
    expect(left.map(({ actor }) => actor)).toEqual([other.id]);
    for (const { ip, chain } of after.filter(({ actor }) => actor === undefined)) {
      expect(ip).toBe('');
      expect(chain).not.toHaveProperty('salt');
    }
  });
});

describe("a person's own activity", () => {
  it('is shown page by page, the latest first, and nothing of anybody else', async () => {
    const other = await signUpByCode(app);
    const person = await signUpByCode(app);
    for (let index = 0; index < 5; index += 1) {
      // Two at a time in the same moment, so that the order among them matters too.
      if (index % 2 === 0) app.clock.advance(1);
      await app.call('user.updateProfile', { firstName: `Ada ${index}` }, { token: person.accessToken });
    }
    const all = await activity(person.accessToken);
    expect(all.nextCursor).toBeNull();
    expect(all.items.map(({ type }) => type).toSorted()).toEqual([
      'code-sent',
      ...Array.from({ length: 5 }, () => 'profile-updated'),
      'registered',
      'signed-in',
    ]);
    expect(all.items.map(({ at }) => at)).toEqual(
      all.items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );

    const paged: ActivityItem[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof activity>> = await activity(person.accessToken, {
        limit: 3,
        ...(cursor !== null && { cursor }),
      });
      expect(page.items.length).toBeLessThanOrEqual(3);
      paged.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(paged).toEqual(all.items);

    const others = await activity(other.accessToken);
    const own = new Set(paged.map(({ id }) => id));
    expect(others.items.filter(({ id }) => own.has(id))).toEqual([]);
  });

  it('cannot be opened with the cursor of somebody else, nor with an invented one', async () => {
    const victim = await signUp(app);
    const thief = await signUp(app);
    const { nextCursor } = await activity(victim.accessToken, { limit: 1 });
    const victims = new Set((await activity(victim.accessToken)).items.map(({ id }) => id));
    const forged = ['$ne', '{"$gt":""}', '0:', '999999999999999:z', `${Date.now()}:${'$'.repeat(50)}`, '']
      .map((text) => Buffer.from(text).toString('base64url'))
      .concat(['%00', '../..', '\u0000']);
    for (const cursor of [`${nextCursor}`, ...forged]) {
      const page = await activity(thief.accessToken, { cursor });
      expect(page.items.filter(({ id }) => victims.has(id))).toEqual([]);
    }
  });

  it('shows neither details nor ids of anything but the event', async () => {
    const person = await signUp(app);
    const { items } = await activity(person.accessToken);
    for (const item of items) expect(Object.keys(item).toSorted()).toEqual(['at', 'device', 'id', 'ip', 'type']);
    expect(codeIn(JSON.stringify(items))).toBe('');
  });
});
