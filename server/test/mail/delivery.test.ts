import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { tryPassword } from '../flows.ts';
import { stored } from '../stored.ts';

type Step = 'RCPT' | 'DATA';

const newPassword = 'a brand new passphrase of mine';
const day = 86_400;

/** The error that the server sends as this line. */
const refusal = (line: string) => Object.assign(new Error(line.slice(4)), { responseCode: Number(line.slice(0, 3)) });

/**
 * A mail server that tells which mails came, and answers as the test wants.
 * @param replyTo what it says at a step to a mail for an address; it takes the mail where it says nothing
 */
async function openMailServer(
  replyTo: (step: Step, address: string) => string | undefined | Promise<string | undefined>,
) {
  /** The recipients of every mail that it was offered, in that order. */
  const offered: string[] = [];
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: async ({ address }, _session, callback) => {
      offered.push(address);
      const line = await replyTo('RCPT', address);
      callback(line === undefined ? null : refusal(line));
    },
    onData: async (stream, { envelope }, callback) => {
      await readAll(stream);
      const line = await replyTo('DATA', `${envelope.rcptTo[0]?.address}`);
      callback(line === undefined ? null : refusal(line));
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    offered,
    env: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Latchkey <no-reply@example.com>' },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Queues a code for each of so many addresses that were never proved, as after as many sign-ins from as many networks. */
async function queueFirstCodes(app: TestApp, count: number): Promise<void> {
  const now = app.clock.now();
  const expiresAt = new Date(now.getTime() + 300_000);
  const ids = Array.from({ length: count }, (_, index) => `newcomer-${index}`);
  const challenge = {
    purpose: 'login',
    credentialVersion: 0,
    attempts: 0,
    sends: 1,
    mailAttempt: 0,
    lastSentAt: now,
    expiresAt,
    endsAt: expiresAt,
    createdAt: now,
    ip: '203.0.113.7',
  } as const;
  const job = {
    template: 'first-login-code',
    lane: 1,
    locale: 'en',
    sends: 1,
    attempts: 0,
    runAt: now,
    expiresAt,
  } as const;
  await stored(app).challenges.insertMany(ids.map((_id) => ({ ...challenge, shares: [], _id, userId: _id })));
  await stored(app).outbox.insertMany(
    ids.map((_id) => ({ ...job, _id, to: `${_id}@example.com`, data: {}, challengeId: _id })),
  );
  await app.mailWorker.wake();
}

describe('mail that waits', () => {
  it('200 first-time codes delay the code of somebody verified by less than two mails, and each lane has a slot', async () => {
    const held: (() => void)[] = [];
    let isOver = false;
    await using server = await openMailServer((step) => {
      if (step === 'RCPT' || isOver) return undefined;
      return new Promise((resolve) => held.push(() => resolve(undefined)));
    });
    await using app = await createTestApp({ env: server.env });
    const [first, second] = [await app.account(), await app.account()];
    const owner = await app.person();
    // Whoever has been here for a day is no newcomer.
    app.clock.advance('2d');
    const { accessToken } = await app.session(owner);
    await queueFirstCodes(app, 200);
    // The server is given as many as their lane may send at once, and takes none of them.
    await expect.poll(() => held.length).toBe(4);

    expect((await tryPassword(app, first.username, first.password)).status).toBe(200);
    await expect.poll(() => server.offered.at(-1)).toBe(first.email);
    const change = { currentPassword: strongPassword, password: newPassword, confirmPassword: newPassword };
    expect((await app.call('user.changePassword', change, { token: accessToken })).status).toBe(200);
    await expect.poll(() => server.offered.at(-1)).toBe(owner.email);

    // Now every slot is taken, so the next code waits for one mail, and for no other.
    await expect.poll(() => held.length).toBe(6);
    expect((await tryPassword(app, second.username, second.password)).status).toBe(200);
    expect(await stored(app).outbox.findOne({ to: second.email })).toMatchObject({ attempts: 0 });
    held.shift()?.();
    await expect.poll(() => server.offered.at(-1)).toBe(second.email);
    expect(server.offered).toHaveLength(7);

    // What is under way ends; the others stay where they wait.
    await expect.poll(() => held.length).toBe(6);
    isOver = true;
    const stopped = app.mailWorker.stop();
    for (const release of held) release();
    await stopped;
  });
});

describe('a mail that could not be stored', () => {
  it('takes no slot from those that can', async () => {
    await using server = await openMailServer((step) => (step === 'DATA' ? '450 4.2.2 mailbox full' : undefined));
    await using app = await createTestApp({ env: server.env });
    const [person, other] = [await app.account(), await app.account()];
    const ask = ({ email }: { email: string }) => app.call('auth.requestPasswordReset', { email });
    await stored(app).outbox.createIndex({ to: 1 }, { unique: true });
    expect((await ask(person)).status).toBe(200);
    await app.mail.settled();
    // Its first mail waits to be tried again, so the index refuses every other.
    for (let index = 0; index < 10; index += 1) expect((await ask(person)).status).toBe(500);
    expect((await ask(other)).status).toBe(200);
    await app.mail.settled();
    expect(server.offered).toEqual([person.email, other.email]);
  });
});

describe('a mail that the server refuses', () => {
  const steps: Step[] = ['RCPT', 'DATA'];

  it.each(steps)('for good after %s is not tried again where it has a code or a link', async (step) => {
    await using server = await openMailServer((at) => (at === step ? '550 5.7.1 we do not want this' : undefined));
    await using app = await createTestApp({ env: server.env });
    const person = await app.account();
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
    await app.call('auth.requestPasswordReset', { email: person.email });
    await app.mail.settled();
    expect(await stored(app).outbox.countDocuments()).toBe(0);
    app.clock.advance(120);
    await app.mailWorker.wake();
    await app.mail.settled();
    expect(server.offered).toEqual([person.email, person.email]);
    // Nobody got the link.
    expect(await stored(app).challenges.countDocuments({ purpose: 'password-reset' })).toBe(0);
  });

  it.each(steps)('for now after %s is tried again', async (step) => {
    let isFull = true;
    await using server = await openMailServer((at) => (at === step && isFull ? '450 4.2.2 mailbox full' : undefined));
    await using app = await createTestApp({ env: server.env });
    const person = await app.account();
    await tryPassword(app, person.username, person.password);
    await app.mail.settled();
    isFull = false;
    app.clock.advance(60);
    await app.mail.settled();
    expect(server.offered).toEqual([person.email, person.email]);
    expect(await stored(app).outbox.countDocuments()).toBe(0);
  });

  it.each(steps)(
    'after %s and is a notice is tried again until it expires, unless the address is bad',
    async (step) => {
      const bad = newPerson();
      await using server = await openMailServer((at, address) => {
        if (at !== step) return undefined;
        return address === bad.email ? '550 5.1.1 nobody is called that' : '550 5.7.1 we do not want this';
      });
      await using app = await createTestApp({ env: server.env });
      const people = [await app.person(), await app.session(await app.account(bad.username, { email: bad.email }))];
      for (const { accessToken } of people) {
        const change = { currentPassword: strongPassword, password: newPassword, confirmPassword: newPassword };
        expect((await app.call('user.changePassword', change, { token: accessToken })).status).toBe(200);
      }
      const [owner] = people;
      const triesFor = (email = '') => server.offered.filter((address) => address === email).length;
      for (let tries = 1; tries <= 4; tries += 1) {
        await app.mail.settled();
        expect([triesFor(owner?.email), triesFor(bad.email)]).toEqual([tries, 1]);
        app.clock.advance(60);
      }
      app.clock.advance(day);
      await app.mail.settled();
      await app.mailWorker.wake();
      expect(triesFor(owner?.email)).toBe(4);
    },
  );
});
