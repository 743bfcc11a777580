import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { signUp, tryPassword } from '../flows.ts';
import { stored, storedUser } from '../stored.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe("a person's own data", () => {
  it('are profile, sessions and all that happened, and nothing that could sign anybody in', async () => {
    const ada = await signUp(app);
    const other = await app.session(ada);
    await tryPassword(app, ada.username, 'wrong');
    const { data } = await app.call<{
      exportedAt: string;
      profile: object;
      sessions: { current: boolean }[];
      activity: { type: string }[];
    }>('user.exportData', undefined, { token: ada.accessToken });
    expect(data.exportedAt).toBe(app.clock.now().toISOString());
    expect(data.profile).toEqual((await app.call('user.me', undefined, { token: ada.accessToken })).data);
    expect(data.sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const types = data.activity.map(({ type }) => type);
    expect(types.sort()).toEqual(['sign-in-failed', 'signed-in', 'signed-in']);
    const text = JSON.stringify(data);
    const { passwordHash } = await storedUser(app, ada);
    for (const secret of [passwordHash, ada.refreshToken, other.accessToken]) expect(text).not.toContain(secret);
  });

  it('are those of nobody else', async () => {
    const [ada, eve] = [await app.person(), await app.person()];
    const { data } = await app.call('user.exportData', undefined, { token: eve.accessToken });
    expect(JSON.stringify(data)).not.toContain(ada.username);
  });

  it('come however many events there are, and that they were asked for is one of them', async () => {
    const ada = await app.person();
    const [event] = await app.audit.of(ada);
    if (!event) throw new Error('the sign-in is no event');
    const more = Array.from({ length: 1_200 }, (_, index) => ({
      ...event,
      _id: `event-${index}`,
      at: new Date(event.at.getTime() - index),
    }));
    await stored(app).audit.insertMany(more);
    await ada.caller.user.exportData();
    const { activity } = await ada.caller.user.exportData();
    // A sign-in and the first export are beside them.
    expect(activity).toHaveLength(1_202);
    expect(activity.filter(({ type }) => type === 'data-exported')).toHaveLength(1);
  });
});
