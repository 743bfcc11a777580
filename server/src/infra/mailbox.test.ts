import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { afterEach, expect, test } from 'vitest';
import { type Mailbox, startMailbox } from './mailbox.ts';

const open: Mailbox[] = [];
const now = () => new Date('2026-03-01T12:00:00.000Z');

async function mailbox(options: Partial<Parameters<typeof startMailbox>[0]> = {}): Promise<Mailbox> {
  const started = await startMailbox({ now, ...options });
  open.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((started) => started.close()));
});

/** An SMTP client of single lines: what it sends is what the server gets. */
async function client(target: Mailbox) {
  const { hostname, port } = new URL(target.smtpUrl);
  const socket: Socket = connect(Number(port), hostname);
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (): Promise<string> => {
    const { value } = await replies.next();
    // `250-` is continued, `250 ` is the last line.
    return /^\d{3}-/.test(value) ? reply() : value;
  };
  const say = (line: string) => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  await reply();
  await say('EHLO test');
  const deliver = async (recipients: string[], lines: string[]) => {
    await say('MAIL FROM:<no-reply@localhost>');
    for (const recipient of recipients) await say(`RCPT TO:<${recipient}>`);
    await say('DATA');
    return say([...lines, '.'].join('\r\n'));
  };
  return { socket, say, deliver };
}

test('a mail is in the list, and announced, before its sender gets the 250', async () => {
  const announced: CaughtMail[] = [];
  const box = await mailbox({ onMail: (mail) => announced.push(mail) });
  const sender = await client(box);
  const reply = await sender.deliver(
    ['anna@example.com', 'ben@example.com'],
    ['From: Latchkey <no-reply@localhost>', 'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=', '', 'Hello'],
  );
  expect(reply).toMatch(/^250 /);
  expect(box.list()).toEqual(announced);
  expect(announced).toEqual([
    {
      id: expect.any(String),
      receivedAt: '2026-03-01T12:00:00.000Z',
      from: 'Latchkey <no-reply@localhost>',
      to: 'anna@example.com, ben@example.com',
      subject: 'Grüße',
      text: 'Hello\n',
      html: '',
    },
  ]);
});

test('the list has the newest first and keeps no more than its limit', async () => {
  const box = await mailbox({ limit: 2 });
  const sender = await client(box);
  for (const subject of ['one', 'two', 'three']) {
    await sender.deliver(['anna@example.com'], [`Subject: ${subject}`, '', 'Hello']);
  }
  expect(box.list().map((mail) => mail.subject)).toEqual(['three', 'two']);
});

test('a listener hears of new mails until it unsubscribes', async () => {
  const box = await mailbox();
  const sender = await client(box);
  const heard: string[] = [];
  const unsubscribe = box.subscribe((mail) => heard.push(mail.subject));
  await sender.deliver(['anna@example.com'], ['Subject: one', '', 'Hello']);
  unsubscribe();
  await sender.deliver(['anna@example.com'], ['Subject: two', '', 'Hello']);
  expect(heard).toEqual(['one']);
});

test('a mail over 1 MiB is refused and not kept, and the next one is taken', async () => {
  const box = await mailbox();
  const sender = await client(box);
  const line = 'x'.repeat(900);
  const reply = await sender.deliver(['anna@example.com'], ['Subject: big', '', ...Array(1200).fill(line)]);
  expect(reply).toMatch(/^552 /);
  expect(box.list()).toEqual([]);
  expect(await sender.deliver(['anna@example.com'], ['Subject: small', '', 'Hello'])).toMatch(/^250 /);
});

test('neither authentication nor TLS is offered, and it listens on loopback only', async () => {
  const box = await mailbox();
  const sender = await client(box);
  expect(new URL(box.smtpUrl).hostname).toBe('127.0.0.1');
  expect(await sender.say('STARTTLS')).toMatch(/^5\d\d /);
  expect(await sender.say('AUTH PLAIN AGEAYg==')).toMatch(/^5\d\d /);
});

test('a sender that hangs up in the middle of a mail leaves nothing behind', async () => {
  const box = await mailbox();
  const leaver = await client(box);
  await leaver.say('MAIL FROM:<no-reply@localhost>');
  await leaver.say('RCPT TO:<anna@example.com>');
  await leaver.say('DATA');
  leaver.socket.write('Subject: half\r\n\r\nHel');
  leaver.socket.resetAndDestroy();
  const sender = await client(box);
  expect(await sender.deliver(['anna@example.com'], ['Subject: whole', '', 'Hello'])).toMatch(/^250 /);
  expect(box.list().map((mail) => mail.subject)).toEqual(['whole']);
});

test('closing drops idle senders instead of waiting for them', async () => {
  const box = await startMailbox({ now });
  const idle = await client(box);
  const dropped = once(idle.socket, 'close');
  await box.close();
  await dropped;
  const late = connect(Number(new URL(box.smtpUrl).port), '127.0.0.1');
  const [error] = await once(late, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
