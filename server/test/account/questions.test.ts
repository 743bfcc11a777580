import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { register, resetPassword, resetToken, signIn, signUp } from '../flows.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('whether a username is free', () => {
  const ask = (username: string) =>
    app.call<{ free: boolean }>('auth.isUsernameFree', { username }, { headers: fromNewAddress() });

  it('is told in any writing of it', async () => {
    const { username } = await register(app);
    expect((await ask(username.toUpperCase())).data).toEqual({ free: false });
    expect((await ask(newPerson().username)).data).toEqual({ free: true });
  });

  it('is told of a lapsed account as of none', async () => {
    await using later = await createTestApp();
    const { username } = await register(later);
    later.clock.advance(7 * 86_400);
    const answer = await later.call<{ free: boolean }>('auth.isUsernameFree', { username });
    expect(answer.data).toEqual({ free: true });
  });

  it('is no question of a reserved name', async () => {
    expect((await ask('admin')).error.data.fieldErrors).toEqual({ username: ['This name is reserved.'] });
  });
});

describe('whether a mailed link is good', () => {
  const check = (link: { token?: string; code?: string }) =>
    app.call<{ valid: boolean }>('auth.checkLink', link, { headers: fromNewAddress() });

  it('is told of a reset link as often as one asks, until it is used', async () => {
    const person = await signUp(app);
    const token = await resetToken(app, person.email);
    expect((await check({ token })).data).toEqual({ valid: true });
    expect((await check({ token })).data).toEqual({ valid: true });
    expect((await resetPassword(app, token, `${strongPassword} again`)).status).toBe(200);
    expect((await check({ token })).data).toEqual({ valid: false });
    expect((await check({ token: 'nothing' })).data).toEqual({ valid: false });
  });

  it('is no question without a link', async () => {
    expect((await check({})).code).toBe('VALIDATION');
    expect((await check({ code: 'nothing' })).data).toEqual({ valid: false });
  });
});

describe('a session', () => {
  it('tells browser and system apart, and has the name that its owner gave it', async () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const person = await register(app);
    const { accessToken: token } = await signIn(app, person, { headers: { 'user-agent': firefox } });
    const [own] = (await app.call<{ id: string }[]>('session.list', undefined, { token })).data;
    expect(own).toMatchObject({ device: 'Firefox on Linux', browser: 'Firefox', system: 'Linux' });

    const rename = (sessionId: string, name: string) => app.call('session.rename', { sessionId, name }, { token });
    expect((await rename(`${own?.id}`, 'The old laptop')).data).toEqual({ success: true });
    const [renamed] = (await app.call<unknown[]>('session.list', undefined, { token })).data;
    expect(renamed).toMatchObject({ name: 'The old laptop' });

    const other = await signUp(app);
    const [others] = (await app.call<{ id: string }[]>('session.list', undefined, { token: other.accessToken })).data;
    for (const id of [`${others?.id}`, 'nothing']) expect((await rename(id, 'Mine')).code).toBe('NOT_FOUND');
  });
});
