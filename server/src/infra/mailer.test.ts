import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { startMailbox } from './mailbox.ts';
import { createMailer, type Mail, type Mailer } from './mailer.ts';

const from = 'Latchkey <no-reply@localhost>';
const mail: Mail = { to: 'anna@example.com', subject: 'Hello', text: 'Hello Anna\n', html: '<p>Hello Anna</p>' };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function mailer(smtpUrl: string, attemptTimeoutMilliseconds?: number): Mailer {
  const created = createMailer({
    smtpUrl,
    from,
    ...(attemptTimeoutMilliseconds === undefined ? {} : { attemptTimeoutMilliseconds }),
  });
  cleanups.push(() => created.close());
  return created;
}

async function mailbox() {
  const started = await startMailbox({ now: () => new Date() });
  cleanups.push(() => started.close());
  return started;
}

/** An SMTP server that shows the raw mails and lets the test say when a mail is taken. */
async function rawServer(take: (raw: string) => Promise<void> = async () => undefined) {
  const raws: string[] = [];
  const sockets: Socket[] = [];
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData: async (stream, _session, callback) => {
      const raw = await readAll(stream);
      raws.push(raw);
      await take(raw);
      callback();
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket) => sockets.push(socket));
  return { raws, sockets, url: await listen(server.server, sockets) };
}

async function listen(server: Server, sockets: Socket[]): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a mail arrives with its subject, text and HTML', async () => {
  const box = await mailbox();
  await mailer(box.smtpUrl).send({ ...mail, subject: 'Grüße', text: 'Schöne Grüße\n', html: '<p>Schöne Grüße</p>' });
  expect(box.list()).toEqual([
    expect.objectContaining({
      from,
      to: 'anna@example.com',
      subject: 'Grüße',
      text: expect.stringContaining('Schöne Grüße\n'),
      html: expect.stringContaining('<p>Schöne Grüße</p>'),
    }),
  ]);
});

test('mails sent at the same time all arrive, over a few connections', async () => {
  const server = await rawServer();
  const own = mailer(server.url);
  await Promise.all(Array.from({ length: 20 }, (_, n) => own.send({ ...mail, to: `person${n}@example.com` })));
  expect(server.raws).toHaveLength(20);
  expect(server.sockets.length).toBeLessThanOrEqual(5);
});

test('a mail goes to no server without TLS where the address of the server asks for it', async () => {
  const server = await rawServer();
  await expect(mailer(`${server.url}?requireTLS=true`).send(mail)).rejects.toThrow(/STARTTLS|TLS/);
  expect(server.raws).toEqual([]);
});

test('a mail says that a machine wrote it', async () => {
  const server = await rawServer();
  await mailer(server.url).send(mail);
  expect(server.raws[0]).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
  expect(server.raws[0]).toMatch(/^X-Auto-Response-Suppress: All\r?$/m);
});

test.each([
  'a@b.example,c@d.example',
  'a@b.example, c@d.example',
  'a@b.example;c@d.example',
  'a@b.example c@d.example',
  'Anna <a@b.example>',
  '<a@b.example>,<c@d.example>',
  '"a@b.example" <c@d.example>',
  '"a,c"@d.example',
  'friends: a@b.example, c@d.example;',
  'a@b.example@d.example',
  'a@b.example(c@d.example)',
  'a@b.example\r\nBcc: c@d.example',
  'a@b.example\nRCPT TO:<c@d.example>',
  'a@b.example\u2028c',
  'a@b.example\u0000',
  '@b.example',
  'a@',
  'a',
  '',
])('a recipient that is not one bare address is refused for good: %j', async (to) => {
  const box = await mailbox();
  await expect(mailer(box.smtpUrl).send({ ...mail, to })).rejects.toMatchObject({
    name: 'RecipientError',
    reply: 'refused',
  });
  expect(box.list()).toEqual([]);
});

test.each(["o'neill+tag@example.com", 'a.b-c_d@sub.example.com'])('%s reaches that one mailbox', async (to) => {
  const box = await mailbox();
  await mailer(box.smtpUrl).send({ ...mail, to });
  expect(box.list().map((caught) => caught.to)).toEqual([to]);
});

test.each(['\r\n', '\n', '\r', '\r\n ', '\u2028', '\u0085'])(
  'a subject with the line break %j adds no header and no recipient',
  async (lineBreak) => {
    const server = await rawServer();
    await mailer(server.url).send({ ...mail, subject: `Hello${lineBreak}Bcc: eve@example.com${lineBreak}X-Evil: 1` });
    const [head] = (server.raws[0] ?? '').split(/\r?\n\r?\n/);
    expect(head).toMatch(/^Subject: Hello +Bcc: eve@example.com +X-Evil: 1\r?$/m);
    expect(head).not.toMatch(/^(Bcc|X-Evil):/m);
  },
);

test('a path or an address in a mail is text, never fetched', async () => {
  const box = await mailbox();
  await mailer(box.smtpUrl).send({ ...mail, text: 'file:///etc/passwd', html: '<img src="file:///etc/passwd">' });
  expect(box.list()[0]?.text.trim()).toBe('file:///etc/passwd');
  expect(box.list()[0]?.html.trim()).toBe('<img src="file:///etc/passwd">');
});

test('a refused recipient is an error that says whether it is final', async () => {
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: (address, _session, callback) =>
      callback(Object.assign(new Error('no'), { responseCode: address.address.startsWith('full') ? 452 : 550 })),
  });
  const sockets: Socket[] = [];
  server.server.on('connection', (socket) => sockets.push(socket));
  const own = mailer(await listen(server.server, sockets));
  await expect(own.send({ ...mail, to: 'gone@example.com' })).rejects.toMatchObject({
    name: 'RecipientError',
    reply: 'refused',
  });
  await expect(own.send({ ...mail, to: 'full@example.com' })).rejects.toMatchObject({
    name: 'RecipientError',
    reply: 'deferred',
  });
});

test('a server that accepts the connection and stays silent costs one attempt and no open connection', async () => {
  const closed: Promise<unknown>[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    // Not `once` of node:events, which rejects where the close comes as a reset.
    closed.push(new Promise((resolve) => socket.resume().once('close', resolve)));
  });
  const own = mailer(await listen(server, sockets), 100);
  await expect(own.send(mail)).rejects.toThrow();
  expect(closed).toHaveLength(1);
  await Promise.all(closed);
});

test('a server that trickles its greeting without end is cut as well', async () => {
  const closed: Promise<unknown>[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const trickle = setInterval(() => socket.write('220-still here\r\n'), 10);
    socket.once('close', () => clearInterval(trickle));
    // Not `once` of node:events, which rejects where the close comes as a reset.
    closed.push(new Promise((resolve) => socket.resume().once('close', resolve)));
  });
  const own = mailer(await listen(server, sockets), 100);
  await expect(own.send(mail)).rejects.toThrow();
  await Promise.all(closed);
  expect(closed).toHaveLength(1);
});

test('a mail that was cut while the server held its reply back is not handed over again', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await rawServer((raw) => (raw.includes('Subject: first') ? held : Promise.resolve()));
  const own = mailer(server.url, 1000);
  await expect(own.send({ ...mail, subject: 'first' })).rejects.toThrow('within 1000 ms');
  release();
  await own.send({ ...mail, subject: 'second' });
  const subjects = server.raws.map((raw) => /^Subject: (.*?)\r?$/m.exec(raw)?.[1]);
  expect(subjects).toEqual(['first', 'second']);
  expect(server.sockets).toHaveLength(2);
});

test('a mail that waited for a free connection until its time was up is never sent', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await rawServer(() => held);
  const own = mailer(server.url, 1000);
  const attempts = Array.from({ length: 8 }, (_, n) => own.send({ ...mail, subject: `mail ${n}` }));
  const outcomes = await Promise.allSettled(attempts);
  release();
  expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(8).fill('rejected'));
  await own.send({ ...mail, subject: 'last' });
  const subjects = server.raws.map((raw) => /^Subject: (.*?)\r?$/m.exec(raw)?.[1]);
  expect(subjects.sort()).toEqual(['last', 'mail 0', 'mail 1', 'mail 2', 'mail 3', 'mail 4']);
});

test('a server that is away is an error, not a wait', async () => {
  const server = createServer();
  const url = await listen(server, []);
  server.close();
  await expect(mailer(url).send(mail)).rejects.toMatchObject({ code: 'ESOCKET' });
});

test('closing ends an attempt that is under way', async () => {
  let reached = () => {};
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const server = await rawServer(() => {
    reached();
    return new Promise(() => undefined);
  });
  const own = mailer(server.url);
  const attempt = expect(own.send(mail)).rejects.toThrow();
  await arrived;
  own.close();
  await attempt;
});
