import type { Locale } from '@latchkey/shared/schemas';
import { type MailTexts, mailTexts } from './texts.ts';

/** What a mail is about. Times (`at`) are ISO 8601; `newEmail` is masked already. */
export type MailContent =
  | { template: 'login-code'; code: string; validMinutes: number }
  | { template: 'email-change-code'; code: string; validMinutes: number }
  | { template: 'password-reset'; url: string; validMinutes: number }
  | { template: 'new-device'; username: string; device: string; ip: string; at: string }
  | { template: 'password-changed'; username: string; device: string; ip: string; at: string }
  | { template: 'password-reset-done'; username: string; device: string; ip: string; at: string }
  | { template: 'email-changed'; username: string; at: string }
  | {
      template: 'email-changed-notice';
      username: string;
      newEmail: string;
      undoUrl: string;
      validDays: number;
      at: string;
    }
  | { template: 'session-reuse'; username: string; device: string; at: string }
  | { template: 'account-deleted'; username: string; at: string };

export type MailTemplate = MailContent['template'];

type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'code'; code: string }
  | { kind: 'facts'; rows: [label: string, value: string][] }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'link'; label: string; url: string };

interface Frame {
  subject: string;
  heading: string;
  blocks: Block[];
}

interface Setting {
  locale: Locale;
  texts: MailTexts;
  timeZone: string;
  publicUrl: string;
}

const MAX_VALUE_CODE_POINTS = 120;

/**
 * Renders a mail, text and HTML from one layout, with no side effect. `publicUrl` is where the people who get it find
 * the app; `timeZone` is an IANA name and named in every time. Values that came from outside are cut to one short line
 * and escaped.
 */
export function renderMail(
  mail: MailContent,
  options: { locale: Locale; publicUrl: string; timeZone?: string },
): { subject: string; text: string; html: string } {
  const setting: Setting = {
    locale: options.locale,
    texts: mailTexts[options.locale],
    timeZone: options.timeZone ?? 'UTC',
    publicUrl: options.publicUrl.replace(/\/+$/, ''),
  };
  const frame = compose(mail, setting);
  return { subject: frame.subject, text: renderText(frame, setting), html: renderHtml(frame, setting) };
}

function compose(mail: MailContent, { locale, texts, timeZone, publicUrl }: Setting): Frame {
  const notMe = `${publicUrl}/not-me`;
  const when = (at: string): [string, string] => [texts.when, formatTime(at, locale, timeZone)];

  switch (mail.template) {
    case 'login-code':
    case 'email-change-code': {
      const own = texts[mail.template];
      const blocks: Block[] = [
        paragraph(own.code(mail.code, mail.validMinutes)),
        { kind: 'code', code: mail.code },
        paragraph(own.keep),
        paragraph(own.notYou),
      ];
      // Whoever reads the mail to a new address need not have an account; ignoring it is all there is to do.
      if (mail.template === 'login-code') blocks.push({ kind: 'link', label: texts.notMe, url: notMe });
      return { ...own, blocks };
    }
    case 'password-reset': {
      const own = texts[mail.template];
      return {
        ...own,
        blocks: [
          paragraph(own.happened),
          { kind: 'button', label: own.action, url: mail.url },
          paragraph(own.validity(mail.validMinutes)),
          paragraph(own.notYou),
        ],
      };
    }
    case 'new-device':
    case 'password-changed':
    case 'password-reset-done':
    case 'session-reuse':
    case 'email-changed': {
      const own = texts[mail.template];
      const rows = [when(mail.at)];
      if ('device' in mail) rows.push([texts.device, oneLine(mail.device)]);
      if ('ip' in mail) rows.push([texts.ip, oneLine(mail.ip)]);
      return {
        ...own,
        blocks: [
          paragraph(own.happened(oneLine(mail.username))),
          { kind: 'facts', rows },
          paragraph(own.advice),
          { kind: 'button', label: texts.notMe, url: notMe },
        ],
      };
    }
    case 'email-changed-notice': {
      const own = texts[mail.template];
      return {
        ...own,
        blocks: [
          paragraph(own.happened(oneLine(mail.username))),
          { kind: 'facts', rows: [when(mail.at), [texts.newEmail, oneLine(mail.newEmail)]] },
          paragraph(own.advice(mail.validDays)),
          { kind: 'button', label: own.action, url: mail.undoUrl },
          { kind: 'link', label: own.more, url: notMe },
        ],
      };
    }
    case 'account-deleted': {
      const own = texts[mail.template];
      return {
        ...own,
        blocks: [
          paragraph(own.happened(oneLine(mail.username))),
          { kind: 'facts', rows: [when(mail.at)] },
          paragraph(own.advice),
          { kind: 'link', label: own.action, url: `${publicUrl}/register` },
        ],
      };
    }
  }
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}

/** A line break or a text-direction mark in a name could forge a line of the mail. */
function oneLine(value: string): string {
  const line = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, MAX_VALUE_CODE_POINTS).join('');
}

function formatTime(at: string, locale: Locale, timeZone: string): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'de-DE', {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  }).format(new Date(at));
}

function renderText({ heading, blocks }: Frame, { texts, publicUrl }: Setting): string {
  return `${[heading, ...blocks.flatMap(blockText), `${texts.footer}\n${publicUrl}`].join('\n\n')}\n`;
}

function blockText(block: Block): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [block.text];
    case 'code':
      // The sentence above it has said the code; repeating it serves the eye only.
      return [];
    case 'facts':
      return [block.rows.map(([label, value]) => `${label}: ${value}`).join('\n')];
    case 'button':
    case 'link':
      return [`${block.label}:\n${block.url}`];
  }
}

const fonts = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const body = `margin:0 0 16px;${fonts};font-size:16px;line-height:24px;color:#18181b`;
const small = `${fonts};font-size:13px;line-height:20px;color:#71717a`;
const wrap = 'overflow-wrap:anywhere;word-break:break-word';

// Clients without support keep the light colours, which stand inline. No colour here is six digits in a row: clients
// that offer to copy a code from a mail look for that.
const darkMode = `@media (prefers-color-scheme:dark){
.page{background:#18181b!important}.card{background:#27272a!important}
.body,.code{color:#f4f4f5!important}.small{color:#a1a1aa!important}.link{color:#8fd3b6!important}}`;

function anchor(url: string, label = url): string {
  return `<a class="link" href="${escapeHtml(url)}" style="color:#1f6b4f;${wrap}">${escapeHtml(label)}</a>`;
}

function blockHtml(block: Block, texts: MailTexts): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p class="body" style="${body}">${escapeHtml(block.text)}</p>`;
    case 'code':
      return `<p class="code" style="margin:0 0 16px;font-family:Menlo,Consolas,monospace;font-size:32px;line-height:40px;font-weight:700;letter-spacing:6px;color:#18181b">${escapeHtml(block.code)}</p>`;
    case 'facts':
      return `<p class="body" style="${body};${wrap}">${block.rows
        .map(([label, value]) => `${escapeHtml(label)}: <strong>${escapeHtml(value)}</strong>`)
        .join('<br>')}</p>`;
    case 'button':
      return `<p style="margin:0 0 16px"><a href="${escapeHtml(block.url)}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f6b4f;${fonts};font-size:16px;line-height:24px;font-weight:600;color:#ffffff;text-decoration:none">${escapeHtml(block.label)}</a></p>
<p class="small" style="margin:0 0 16px;${small}">${escapeHtml(texts.fallback)}<br>${anchor(block.url)}</p>`;
    case 'link':
      return `<p class="body" style="${body}">${anchor(block.url, block.label)}</p>`;
  }
}

function renderHtml({ subject, heading, blocks }: Frame, { locale, texts, publicUrl }: Setting): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>${darkMode}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f4f5">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f4f5"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background:#ffffff;border-radius:12px"><tr><td align="left" style="padding:32px 28px 16px">
<h1 class="body" style="${body};font-size:22px;line-height:30px;font-weight:700">${escapeHtml(heading)}</h1>
${blocks.map((block) => blockHtml(block, texts)).join('\n')}
</td></tr></table>
<p class="small" style="margin:16px 0 0;${small}">${escapeHtml(texts.footer)}<br>${anchor(publicUrl)}</p>
</td></tr></table>
</body>
</html>
`;
}

function escapeHtml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
