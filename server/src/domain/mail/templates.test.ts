import type { Locale } from '@latchkey/shared/schemas';
import { describe, expect, it } from 'vitest';
import { type MailKind, mailKinds } from './kinds.ts';

const publicUrl = 'https://app.example';
const resetUrl = `${publicUrl}/reset-password#token=q8Zt_x-Aa`;
const undoUrl = `${publicUrl}/undo-email-change#code=n4Rk_y-Bb`;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const event = { username: 'anna', ip: '203.0.113.7', userAgent: firefox, at: '2026-01-31T23:30:00.000Z' };
const code = { code: '123456', validMinutes: 5 };

const samples: { [Kind in MailKind]: Parameters<(typeof mailKinds)[Kind]['render']>[0] } = {
  'login-code': code,
  'first-login-code': code,
  'email-change-code': code,
  'password-reset': { url: resetUrl, validMinutes: 30 },
  'new-device': event,
  'password-changed': event,
  'password-reset-done': event,
  'email-changed': event,
  'email-changed-undo': { ...event, newEmail: 'b***@example.net', undoUrl, validDays: 7 },
  'session-reuse': event,
  'username-changed': { ...event, newUsername: 'annegret', heldDays: '30' },
  'account-deleted': event,
  'account-disabled': event,
  'account-enabled': event,
  'role-granted': event,
  'role-withdrawn': event,
  'account-unlocked': event,
  'sessions-ended': event,
  'username-changed-by-admin': { ...event, newUsername: 'annegret' },
  'account-deleted-by-admin': event,
  'account-closed': { ...event, until: '2026-02-07T23:30:00.000Z' },
  'account-closed-undo': { ...event, until: '2026-02-07T23:30:00.000Z', undoUrl, validDays: 7 },
};
/** Of those who run the server: the reset that the page offers undoes nothing of it. */
const administered: MailKind[] = [
  'account-disabled',
  'account-enabled',
  'role-granted',
  'role-withdrawn',
  'account-unlocked',
  'sessions-ended',
  'username-changed-by-admin',
  'account-deleted-by-admin',
];
const locales = ['en', 'de'] as const;
const kinds = Object.keys(samples) as MailKind[];
const cases = locales.flatMap((locale) => kinds.map((kind) => ({ locale, kind, mail: samples[kind] })));
const notices = cases.filter(({ mail }) => 'at' in mail);

interface Options {
  locale: Locale;
  publicUrl: string;
  timeZone?: string;
  otpInSubject?: boolean;
}
// Of any kind: that its sample belongs to it, `samples` says.
const render = (kind: MailKind, options: Options, mail: object = samples[kind]) =>
  (mailKinds[kind].render as (mail: object, options: Options) => { subject: string; text: string; html: string })(
    mail,
    options,
  );

/** The mail with every value that comes from outside replaced. */
function poisoned(mail: object, value: string): object {
  const keys = ['username', 'userAgent', 'ip', 'newEmail', 'newUsername'].filter((key) => key in mail);
  return { ...mail, ...Object.fromEntries(keys.map((key) => [key, value])) };
}

/** The HTML as a person sees it. */
function visible(html: string): string {
  return html
    .replace(/<head>[\s\S]*<\/head>/, '')
    .replace(/<[^>]*>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

const linksOf = {
  html: (html: string) => new Set(Array.from(html.matchAll(/href="([^"]*)"/g), ([, url]) => url)),
  text: (text: string) => new Set(Array.from(text.matchAll(/https?:\/\/\S+/g), ([url]) => url)),
};

it('the sign-in mail says its sentence, in the text and as one piece of the HTML', () => {
  const { subject, text, html } = render('login-code', { locale: 'en', publicUrl });
  expect(subject).toBe('Your OTP for Login');
  expect(text).toContain('Your OTP is 123456. It is valid for 5 minutes.');
  expect(html).toContain('Your OTP is 123456. It is valid for 5 minutes.');
  expect(text).toContain('someone else knows your password');
  expect(text).toContain('change your password now');
  expect(text).toContain(`${publicUrl}/not-me`);
});

it('the subject carries the code only where the operator wants it there', () => {
  const subjectOf = (locale: Locale, otpInSubject: boolean) =>
    render('login-code', { locale, publicUrl, otpInSubject }).subject;
  expect(locales.map((locale) => subjectOf(locale, true))).toEqual(['123456 is your code', '123456 ist Ihr Code']);
  expect(subjectOf('de', false)).toBe('Ihr Code für die Anmeldung');
});

it('a device that is not known has a name in each language', () => {
  const unknown = { ...event, userAgent: 'curl/8.5.0' };
  expect(render('new-device', { locale: 'en', publicUrl }, unknown).text).toContain('Device: Unknown device');
  expect(render('new-device', { locale: 'de', publicUrl }, unknown).text).toContain('Gerät: Unbekanntes Gerät');
});

it('one minute is one minute', () => {
  const mail = { code: '123456', validMinutes: 1 };
  expect(render('login-code', { locale: 'en', publicUrl }, mail).text).toContain('It is valid for 1 minute.');
  expect(render('login-code', { locale: 'de', publicUrl }, mail).text).toContain('Er ist 1 Minute gültig.');
});

describe.each(cases)('$kind in $locale', ({ locale, kind, mail }) => {
  const rendered = render(kind, { locale, publicUrl });

  it('the text and the HTML have the same links, and none leaves the app', () => {
    const links = linksOf.text(rendered.text);
    expect(linksOf.html(rendered.html)).toEqual(links);
    expect(links).toContain(publicUrl);
    for (const link of links) expect(`${link}/`.startsWith(`${publicUrl}/`)).toBe(true);
  });

  it('what the text says, the HTML says', () => {
    const shown = visible(rendered.html);
    for (const line of rendered.text.replace(/https:\S+/g, '').split('\n')) {
      // A label and its value are separate elements.
      for (const part of line.split(': ')) expect(shown).toContain(part.replace(/:$/, ''));
    }
  });

  it('no six digits in a row but the code', () => {
    const code = 'code' in mail ? [mail.code] : [];
    expect(rendered.text.match(/\d{6}/g) ?? []).toEqual(code);
    expect(new Set(rendered.html.match(/\d{6}/g) ?? [])).toEqual(new Set(code));
  });

  it('only the reset mail links a token', () => {
    const has = kind === 'password-reset';
    expect(rendered.text.includes('token=')).toBe(has);
    expect(rendered.html.includes('token=')).toBe(has);
  });

  it('the subject is one line, nothing is missing and nothing remote is loaded', () => {
    expect(rendered.subject).toMatch(/^[^\r\n]+$/);
    expect(rendered.text + rendered.html).not.toMatch(/undefined|null|\[object|NaN/);
    expect(rendered.html).toContain(`<html lang="${locale}">`);
    expect(rendered.html).not.toMatch(/<img|src=|url\(|@import|<script|<link/);
  });

  it('a public address with a slash at its end makes the same mail', () => {
    expect(render(kind, { locale, publicUrl: `${publicUrl}/` })).toEqual(rendered);
  });
});

describe.each(notices)('the notice $kind in $locale', ({ locale, kind, mail }) => {
  const rendered = render(kind, { locale, publicUrl });

  it('it says whose account, when, and from where', () => {
    expect(rendered.text).toContain('anna');
    expect(rendered.text).toMatch(locale === 'en' ? /31 January 2026.*23:30 UTC/ : /31\. Januar 2026.*23:30 UTC/);
    const withIp = ['new-device', 'password-changed', 'password-reset-done', 'username-changed'].includes(kind);
    expect(rendered.text.includes('203.0.113.7')).toBe(withIp);
    const device = locale === 'en' ? 'Firefox on Linux' : 'Firefox unter Linux';
    expect(rendered.text.includes(device)).toBe(withIp || kind === 'session-reuse');
    if ('newEmail' in mail) expect(rendered.text).toContain('b***@example.net');
    if ('newUsername' in mail) expect(rendered.text).toContain('annegret');
  });

  it('it leads to the page that helps, where that page can help', () => {
    expect(linksOf.text(rendered.text).has(`${publicUrl}/not-me`)).toBe(
      ![...administered, 'account-deleted', 'account-closed', 'account-closed-undo'].includes(kind),
    );
  });

  it('its time is told in the zone that it names', () => {
    const { text } = render(kind, { locale, publicUrl, timeZone: 'Europe/Berlin' });
    expect(text).toMatch(locale === 'en' ? /1 February 2026.*00:30 (CET|GMT\+1)/ : /1\. Februar 2026.*00:30 MEZ/);
  });

  it('markup in a value stays text', () => {
    const evil = `<script>alert("1")</script>&'`;
    const { text, html } = render(kind, { locale, publicUrl }, poisoned(mail, evil));
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(visible(html)).toContain(evil);
    expect(text).toContain(evil);
  });

  it('a value cannot add a line, turn the text around or fill the mail', () => {
    const evil = `anna\r\nWhen: never\u2028\u202e${'x'.repeat(5000)}`;
    const { text, html } = render(kind, { locale, publicUrl }, poisoned(mail, evil));
    expect(text.split('\n')).toHaveLength(rendered.text.split('\n').length);
    expect(text + html).not.toMatch(/[\u2028\u202e\r]/);
    expect(text.length).toBeLessThan(rendered.text.length + 600);
  });
});

it('a quote in a link cannot leave its attribute', () => {
  const url = `${publicUrl}/reset-password#token="onclick="x`;
  const { html } = render('password-reset', { locale: 'en', publicUrl }, { url, validMinutes: 30 });
  expect(html).not.toContain('"onclick="');
});

it('the notice to the old address leads to the way back', () => {
  const links = linksOf.text(render('email-changed-undo', { locale: 'en', publicUrl }).text);
  expect(links).toContain(undoUrl);
});

it('the languages differ in every subject and text', () => {
  for (const kind of kinds) {
    const [en, de] = locales.map((locale) => render(kind, { locale, publicUrl }));
    expect(en?.subject).not.toBe(de?.subject);
    expect(en?.text).not.toBe(de?.text);
  }
});
