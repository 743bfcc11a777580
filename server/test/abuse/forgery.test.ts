import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/http/loopback.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { login, register, signIn, signUp, tokenIn } from '../flows.ts';
import { postJson, send } from '../raw-http.ts';
import { mailsTo, storedUser } from '../stored.ts';

const registrationsPerAddress = 20;

/** Shows no registration whose address could be put right: the cheapest call that is counted per address. */
const ask = (app: TestApp, headers: Record<string, string>) => {
  const input = { registrationToken: 'nothing', email: newPerson().email };
  return postJson(app, '/trpc/auth.changeRegistrationEmail', JSON.stringify(input), headers);
};

/** How many of so many calls get through. */
async function passing(
  app: TestApp,
  headersOf: (index: number) => Record<string, string>,
  calls = registrationsPerAddress + 2,
) {
  const responses = await Promise.all(Array.from({ length: calls }, (_, index) => ask(app, headersOf(index))));
  expect(responses.every(({ status }) => status === 401 || status === 429)).toBe(true);
  return responses.filter(({ status }) => status === 401).length;
}

describe('X-Forwarded-For', () => {
  it('is ignored where no proxy is trusted', async () => {
    await using app = await createTestApp({ env: { TRUST_PROXY: '0' } });
    expect(await passing(app, fromNewAddress)).toBe(registrationsPerAddress);
    const more = {
      'x-real-ip': '10.9.9.9',
      forwarded: 'for=10.9.9.9',
      'client-ip': '10.9.9.9',
      'cf-connecting-ip': '10.9.9.9',
    };
    expect(await passing(app, () => ({ ...fromNewAddress(), ...more }), 2)).toBe(0);
    const { accessToken } = await signIn(app, await app.account());
    const [session] = (await app.call<{ ip: string }[]>('session.list', undefined, { token: accessToken })).data;
    expect(session?.ip).toBe('127.0.0.1');
  });

  describe('behind one trusted proxy', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await createTestApp({ env: { TRUST_PROXY: '1' } });
    });
    afterAll(() => app[Symbol.asyncDispose]());

    it('counts the address that the proxy saw, whatever the client put before it', async () => {
      const claims = ['127.0.0.1', '10.1.1.1, 10.2.2.2', 'unknown', '::1', 'x'.repeat(500), ',,,', '"\'<>', ' '];
      const forged = (index: number) => ({
        'x-forwarded-for': `${claims[index % claims.length]}, 10.250.${index}.1, 203.0.113.7`,
      });
      expect(await passing(app, forged)).toBe(registrationsPerAddress);
      expect(await passing(app, () => ({ 'x-forwarded-for': '203.0.113.8' }), 1)).toBe(1);
    });

    it('records the address that the proxy saw', async () => {
      const { accessToken, username } = await signIn(app, await app.account(), {
        headers: { 'x-forwarded-for': '10.66.66.66, 203.0.113.99' },
      });
      const [session] = (await app.call<{ ip: string }[]>('session.list', undefined, { token: accessToken })).data;
      expect(session?.ip).toBe('203.0.113.99');
      expect(JSON.stringify(await storedUser(app, { username }))).not.toContain('10.66.66.66');
    });

    it('counts an IPv6 network of 64 bits as one client, and the next as another', async () => {
      const inNetwork = (index: number) => ({ 'x-forwarded-for': `2001:db8:1:2:${index.toString(16)}:${index}::1` });
      expect(await passing(app, inNetwork)).toBe(registrationsPerAddress);
      expect(await passing(app, () => ({ 'x-forwarded-for': '2001:0DB8:0001:0002::ffff' }), 1)).toBe(0);
      expect(await passing(app, () => ({ 'x-forwarded-for': '2001:db8:1:3::1' }), 1)).toBe(1);
    });

    it('counts an IPv4 address in IPv6 clothes as the IPv4 address, and not all of them as one network', async () => {
      const spellings = ['203.0.113.20', '::ffff:203.0.113.20', '::FFFF:cb00:7114', '[::ffff:203.0.113.20]:443'];
      expect(await passing(app, (index) => ({ 'x-forwarded-for': `${spellings[index % spellings.length]}` }))).toBe(
        registrationsPerAddress,
      );
      expect(await passing(app, () => ({ 'x-forwarded-for': '::ffff:203.0.113.21' }), 1)).toBe(1);
    });

    it('falls back to the address of the connection where the proxy sent none, or nonsense', async () => {
      const nonsense = ['unknown', '', '999.1.1.1', '_hidden', '{"$ne":null}'];
      expect(
        await passing(app, (index) =>
          index % 2 ? {} : { 'x-forwarded-for': `10.3.${index}.1, ${nonsense[index % nonsense.length]}` },
        ),
      ).toBe(registrationsPerAddress);
    });
  });

  it('counts from the right by as many proxies as are trusted', async () => {
    await using app = await createTestApp({ env: { TRUST_PROXY: '2' } });
    expect(
      await passing(app, (index) => ({ 'x-forwarded-for': `10.5.${index}.1, 203.0.113.7, 10.6.${index}.1` })),
    ).toBe(registrationsPerAddress);
    expect(await passing(app, () => ({ 'x-forwarded-for': '203.0.113.9, 10.6.0.1' }), 1)).toBe(1);
  });
});

describe('a forged Host', () => {
  const forged = {
    host: 'evil.example',
    origin: 'https://evil.example',
    referer: 'https://evil.example/',
    forwarded: 'host=evil.example;proto=https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-server': 'evil.example',
    'x-original-url': 'https://evil.example/',
    'x-host': 'evil.example',
  };

  it.each([
    ['the address in PUBLIC_URL', { PUBLIC_URL: 'https://accounts.example' }, () => 'https://accounts.example'],
    ['localhost and the port without one', {}, ({ port }: TestApp) => `http://localhost:${port}`],
  ])('does not reach a mailed link, which has %s', async (_what, env, publicUrl) => {
    await using app = await createTestApp({ env: env as Record<string, string> });
    const person = await register(app);
    const asked = await postJson(
      app,
      '/trpc/auth.requestPasswordReset',
      JSON.stringify({ email: person.email }),
      forged,
    );
    expect(asked.status).toBe(200);
    const [mail] = await mailsTo(app, person.email);
    const token = tokenIn(`${mail?.text}`);
    expect(mail?.text).toContain(`${publicUrl(app)}/reset-password#token=${token}`);
    expect(mail?.html).toContain(`${publicUrl(app)}/reset-password#token=${token}`);

    // The notice about the reset, and the code and the notice of a new device after it, carry links too.
    const password = 'another fine passphrase of mine';
    const input = JSON.stringify({ token, password, confirmPassword: password });
    expect((await postJson(app, '/trpc/auth.resetPassword', input, forged)).status).toBe(200);
    for (const agent of ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'else']) {
      const { challengeId, code } = await login(
        app,
        { ...person, password },
        { headers: { 'x-forwarded-host': 'evil.example' } },
      );
      const verify = { ...forged, 'user-agent': agent };
      expect(
        (await postJson(app, '/trpc/auth.verifyOtp', JSON.stringify({ challengeId, otp: code }), verify)).status,
      ).toBe(200);
    }
    const mails = await mailsTo(app, person.email);
    expect(mails.length).toBeGreaterThanOrEqual(5);
    for (const { subject, text, html, from } of mails) {
      expect(`${subject} ${text} ${html} ${from}`).not.toContain('evil.example');
      for (const [link] of text.matchAll(/https?:\/\/[^\s#]+/g)) expect(new URL(link).origin).toBe(publicUrl(app));
    }
  });
});

describe('the development inbox', () => {
  it('answers under a loopback name only, so that no page reaches it by DNS rebinding', async () => {
    await using app = await createTestApp();
    const person = await register(app);
    await login(app, person);
    for (const host of ['localhost', '127.0.0.1', `localhost:${app.port}`, `[::1]:${app.port}`, 'LOCALHOST']) {
      const response = await send(app, '/dev/mails', { headers: { host } });
      expect([host, response.status]).toEqual([host, 200]);
      expect(response.text).toContain(person.email);
      expect(response.headers).not.toHaveProperty('access-control-allow-origin');
    }
    const foreign = [
      'evil.example',
      `evil.example:${app.port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'localhost@evil.example',
      '0.0.0.0',
      '10.0.0.1',
      'localhost.',
      '[::]',
    ];
    for (const host of foreign) {
      for (const path of ['/dev/mails', '/dev/mails/events', '/dev/mails/']) {
        const response = await send(app, path, { headers: { host } });
        expect([host, response.status]).toEqual([host, 404]);
        expect(response.text).not.toContain(person.email);
      }
    }
  });

  it('is only for a server that listens on this machine', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', '[::1]'])
      expect([host, isLoopback(host)]).toEqual([host, true]);
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'example.com', '', undefined]) {
      expect([host, isLoopback(host)]).toEqual([host, false]);
    }
  });

  it('is not there where mail goes to a real server', async () => {
    await using app = await createTestApp({
      env: {
        SMTP_URL: 'smtp://127.0.0.1:1',
        MAIL_FROM: 'Latchkey <no-reply@example.com>',
      },
    });
    for (const path of ['/dev/mails', '/dev/mails/events']) expect((await send(app, path)).status).toBe(404);
    expect(app.mailbox).toBeUndefined();
  });
});

describe('a mailed field', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const addresses = [
    'a@example.com\r\nBcc: evil@example.net',
    'a@example.com\nBcc: evil@example.net',
    'a@example.com\u0000evil@example.net',
    'a@example.com, evil@example.net',
    'a@example.com,evil@example.net',
    'a@example.com;evil@example.net',
    'a@example.com evil@example.net',
    '<evil@example.net>',
    '"a" <evil@example.net>',
    'a@example.com>',
    'evil@example.net<a@example.com',
    'a@example.com(evil@example.net)',
    '"a,evil@example.net"@example.com',
    'evil@example.net:a@example.com',
    '@example.com:evil@example.net',
    'a@evil.example.net@example.com',
    'a\uff0cevil@example.net',
    'a@example.com\uff0cevil@example.net',
    'a@example.com\u2028Bcc:evil@example.net',
    'a@[127.0.0.1]',
    'group:evil@example.net;',
  ];

  it('that is an address is one address, or refused', async () => {
    const { accessToken } = await app.person();
    for (const email of addresses) {
      const responses = [
        await app.call(
          'auth.register',
          { ...newPerson({ email }), confirmPassword: strongPassword },
          { headers: fromNewAddress() },
        ),
        await app.call('auth.requestPasswordReset', { email }, { headers: fromNewAddress() }),
        await app.call('user.requestEmailChange', { email, currentPassword: strongPassword }, { token: accessToken }),
      ];
      for (const response of responses) {
        expect([email, response.status, response.code]).toEqual([email, 400, 'VALIDATION']);
        expect(response.error.data.fieldErrors).toEqual({ email: [expect.any(String)] });
      }
    }
    await app.mail.settled();
    expect(app.mail.list()).toEqual([]);
  });

  it('that is a name holds no line break, angle bracket or bidi character', async () => {
    const { accessToken } = await signUp(app);
    const forged = [
      'Ada\r\nBcc: evil@example.net',
      'Ada\nX: y',
      'Ada\u0000',
      'A\u2028da',
      'Ada\u202eeda',
      'Ada\u2066',
      '<b>Ada</b>',
      'Ada\u001b[31m',
      'Ada\u0085',
    ];
    for (const name of forged) {
      const names = { firstName: name, lastName: name };
      const fields = { ...names, username: name };
      const registered = await app.call(
        'auth.register',
        { ...newPerson(), ...fields, confirmPassword: strongPassword },
        { headers: fromNewAddress() },
      );
      const changed = await app.call('user.updateProfile', names, { token: accessToken });
      const renamed = await app.call('user.changeUsername', { username: name }, { token: accessToken });
      for (const [response, wrong] of [
        [registered, fields],
        [changed, names],
        [renamed, { username: name }],
      ] as const) {
        expect([name, response.status]).toEqual([name, 400]);
        expect(Object.keys(response.error.data.fieldErrors ?? {}).sort()).toEqual(Object.keys(wrong).sort());
      }
    }
  });

  it('that is a name full of separators reaches nobody else', async () => {
    const person = await register(app, { firstName: 'Ada, evil@example.net;', lastName: '"x" \\ (evil@example.net)' });
    const before = app.mail.list().length;
    await signIn(app, person);
    expect(app.mail.list().map(({ to }) => to)).toHaveLength(before + 1);
    expect(app.mail.list()[0]?.to).toBe(person.email);
  });

  it('that is a user agent brings no text, link or markup of its own', async () => {
    const person = await register(app);
    await signIn(app, person);
    const agents = [
      '<script>alert(1)</script>/1 x',
      '<img src=https://evil.example/a.png>/1 (Windows NT 10.0) ',
      'Your account is blocked, call +1 555 0100 or visit https://evil.example/now/1 ',
      'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0 <b>evil.example</b>',
      '"><a href="https://evil.example">',
      'x'.repeat(5_000),
    ];
    for (const agent of agents) {
      const { accessToken } = await signIn(app, person, { headers: { 'user-agent': agent } });
      const currentPassword = person.password;
      const password = `${strongPassword} ${agents.indexOf(agent)}`;
      const input = { currentPassword, password, confirmPassword: password };
      const changed = await app.call('user.changePassword', input, {
        token: accessToken,
        headers: { 'user-agent': agent },
      });
      expect(changed.status).toBe(200);
      person.password = password;
    }
    const mails = await mailsTo(app, person.email);
    // Seven codes, a notice of a new device and one of a changed password for each agent.
    expect(mails).toHaveLength(1 + 3 * agents.length);
    for (const { subject, text, html } of mails) {
      expect(`${subject} ${text} ${html}`).not.toMatch(/evil|alert\(1\)|\b555\b|<img|xxxxx/);
    }
    expect(mails.filter(({ text }) => text.includes('Unknown device')).length).toBeGreaterThan(0);
    expect(mails.filter(({ text }) => text.includes('Firefox on Linux')).length).toBe(2);
    const { sessions } = await storedUser(app, person);
    for (const { userAgent } of sessions) expect(userAgent.length).toBeLessThanOrEqual(256);
  });
});
