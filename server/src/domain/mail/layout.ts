import type { Locale } from '@latchkey/shared/schemas';
import type { MailTexts } from './texts.ts';

export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'code'; code: string }
  | { kind: 'facts'; rows: [label: string, value: string][] }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'link'; label: string; url: string };

/** A mail as it is laid out, before it is text or HTML. */
export interface Frame {
  subject: string;
  heading: string;
  blocks: Block[];
}

/** Where a mail is read: in which language, with times in which zone, and with links to where. */
export interface Setting {
  locale: Locale;
  texts: MailTexts;
  /** An IANA name, which every time names. */
  timeZone: string;
  /** Without a slash at its end. */
  publicUrl: string;
  /** Whether the subject carries the code. */
  otpInSubject: boolean;
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

function escapeHtml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function anchor(url: string, label = url): string {
  return `<a class="link" href="${escapeHtml(url)}" style="color:#1f6b4f;${wrap}">${escapeHtml(label)}</a>`;
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

function renderText({ heading, blocks }: Frame, { texts, publicUrl }: Setting): string {
  return `${[heading, ...blocks.flatMap(blockText), `${texts.footer}\n${publicUrl}`].join('\n\n')}\n`;
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

/** Renders a mail, text and HTML from one frame, with no side effect. Every value is escaped. */
export const renderFrame = (frame: Frame, setting: Setting): { subject: string; text: string; html: string } => ({
  subject: frame.subject,
  text: renderText(frame, setting),
  html: renderHtml(frame, setting),
});
