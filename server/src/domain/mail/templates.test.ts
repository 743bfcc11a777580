import { describe, expect, test } from 'vitest';
import { type MailContent, type MailTemplate, renderMail } from './templates.ts';

const publicUrl = 'https://app.example';
const resetUrl = `${publicUrl}/reset-password#token=q8Zt_x-Aa`;
const undoUrl = `${publicUrl}/undo-email-change#code=n4Rk_y-Bb`;
const origin = { device: 'Firefox on Linux', ip: '203.0.113.7', at: '2026-01-31T23:30:00.000Z' };

const samples: { [T in MailTemplate]: Extract<MailContent, { template: T }> } = {
  'login-code': { template: 'login-code', code: '123456', validMinutes: 5 },
  'email-change-code': { template: 'email-change-code', code: '123456', validMinutes: 5 },
  'password-reset': { template: 'password-reset', url: resetUrl, validMinutes: 30 },
  'new-device': { template: 'new-device', username: 'anna', ...origin },
  'password-changed': { template: 'password-changed', username: 'anna', ...origin },
  'password-reset-done': { template: 'password-reset-done', username: 'anna', ...origin },
  'email-changed': { template: 'email-changed', username: 'anna', at: origin.at },
  'email-changed-notice': {
    template: 'email-changed-notice',
    username: 'anna',
    newEmail: 'b***@example.net',
    undoUrl,
    validDays: 7,
    at: origin.at,
  },
  'session-reuse': { template: 'session-reuse', username: 'anna', device: origin.device, at: origin.at },
  'account-deleted': { template: 'account-deleted', username: 'anna', at: origin.at },
};

const locales = ['en', 'de'] as const;
const cases = locales.flatMap((locale) => Object.values(samples).map((mail) => ({ locale, mail })));
const notices = cases.filter(({ mail }) => 'at' in mail);

/** The mail with every value that comes from outside replaced. */
function poisoned(mail: MailContent, value: string): MailContent {
  const keys = ['username', 'device', 'ip', 'newEmail'].filter((key) => key in mail);
  return { ...mail, ...Object.fromEntries(keys.map((key) => [key, value])) };
}

/** What a person sees of the HTML. */
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

test('the sign-in mail says its sentence, in the text and as one piece of the HTML', () => {
  const { subject, text, html } = renderMail(samples['login-code'], { locale: 'en', publicUrl });
  expect(subject).toBe('Your OTP for Login');
  expect(text).toContain('Your OTP is 123456. It is valid for 5 minutes.');
  expect(html).toContain('Your OTP is 123456. It is valid for 5 minutes.');
  expect(text).toContain('someone else knows your password');
  expect(text).toContain('change your password now');
  expect(text).toContain(`${publicUrl}/not-me`);
});

test('one minute is one minute', () => {
  const mail: MailContent = { template: 'login-code', code: '123456', validMinutes: 1 };
  expect(renderMail(mail, { locale: 'en', publicUrl }).text).toContain('It is valid for 1 minute.');
  expect(renderMail(mail, { locale: 'de', publicUrl }).text).toContain('Er ist 1 Minute gültig.');
});

describe.each(cases)('$mail.template in $locale', ({ locale, mail }) => {
  const rendered = renderMail(mail, { locale, publicUrl });

  test('the text and the HTML have the same links, and none leaves the app', () => {
    const links = linksOf.text(rendered.text);
    expect(linksOf.html(rendered.html)).toEqual(links);
    expect(links).toContain(publicUrl);
    for (const link of links) expect(`${link}/`.startsWith(`${publicUrl}/`)).toBe(true);
  });

  test('what the text says, the HTML says', () => {
    const shown = visible(rendered.html);
    for (const line of rendered.text.replace(/https:\S+/g, '').split('\n')) {
      // A label and its value are separate elements.
      for (const part of line.split(': ')) expect(shown).toContain(part.replace(/:$/, ''));
    }
  });

  test('no six digits in a row but the code', () => {
    const code = 'code' in mail ? [mail.code] : [];
    expect(rendered.text.match(/\d{6}/g) ?? []).toEqual(code);
    expect(new Set(rendered.html.match(/\d{6}/g) ?? [])).toEqual(new Set(code));
  });

  test('only the reset mail links a token', () => {
    const has = mail.template === 'password-reset';
    expect(rendered.text.includes('token=')).toBe(has);
    expect(rendered.html.includes('token=')).toBe(has);
  });

  test('the subject is one line, nothing is missing and nothing remote is loaded', () => {
    expect(rendered.subject).toMatch(/^[^\r\n]+$/);
    expect(rendered.text + rendered.html).not.toMatch(/undefined|null|\[object|NaN/);
    expect(rendered.html).toContain(`<html lang="${locale}">`);
    expect(rendered.html).not.toMatch(/<img|src=|url\(|@import|<script|<link/);
  });

  test('a public address with a slash at its end makes the same mail', () => {
    expect(renderMail(mail, { locale, publicUrl: `${publicUrl}/` })).toEqual(rendered);
  });
});

describe.each(notices)('the notice $mail.template in $locale', ({ locale, mail }) => {
  const rendered = renderMail(mail, { locale, publicUrl });

  test('it says whose account, when, and from where', () => {
    expect(rendered.text).toContain('anna');
    expect(rendered.text).toMatch(locale === 'en' ? /31 January 2026.*23:30 UTC/ : /31\. Januar 2026.*23:30 UTC/);
    if ('device' in mail) expect(rendered.text).toContain('Firefox on Linux');
    if ('ip' in mail) expect(rendered.text).toContain('203.0.113.7');
    if ('newEmail' in mail) expect(rendered.text).toContain('b***@example.net');
  });

  test('it leads to the page that helps, where that page can help', () => {
    expect(linksOf.text(rendered.text).has(`${publicUrl}/not-me`)).toBe(mail.template !== 'account-deleted');
  });

  test('its time is told in the zone that it names', () => {
    const { text } = renderMail(mail, { locale, publicUrl, timeZone: 'Europe/Berlin' });
    expect(text).toMatch(locale === 'en' ? /1 February 2026.*00:30 (CET|GMT\+1)/ : /1\. Februar 2026.*00:30 MEZ/);
  });

  test('markup in a value stays text', () => {
    const evil = `<script>alert("1")</script>&'`;
    const { text, html } = renderMail(poisoned(mail, evil), { locale, publicUrl });
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(visible(html)).toContain(evil);
    expect(text).toContain(evil);
  });

  test('a value cannot add a line, turn the text around or fill the mail', () => {
    const evil = `anna\r\nWhen: never\u2028\u202e${'x'.repeat(5000)}`;
    const { text, html } = renderMail(poisoned(mail, evil), { locale, publicUrl });
    expect(text.split('\n')).toHaveLength(rendered.text.split('\n').length);
    expect(text + html).not.toMatch(/[\u2028\u202e\r]/);
    expect(text.length).toBeLessThan(rendered.text.length + 600);
  });
});

test('a quote in a link cannot leave its attribute', () => {
  const url = `${publicUrl}/reset-password#token="onclick="x`;
  const { html } = renderMail({ template: 'password-reset', url, validMinutes: 30 }, { locale: 'en', publicUrl });
  expect(html).not.toContain('"onclick="');
});

test('the notice to the old address leads to the way back', () => {
  const links = linksOf.text(renderMail(samples['email-changed-notice'], { locale: 'en', publicUrl }).text);
  expect(links).toContain(undoUrl);
});

test('the languages differ in every subject and text', () => {
  for (const mail of Object.values(samples)) {
    const [en, de] = locales.map((locale) => renderMail(mail, { locale, publicUrl }));
    expect(en?.subject).not.toBe(de?.subject);
    expect(en?.text).not.toBe(de?.text);
  }
});
