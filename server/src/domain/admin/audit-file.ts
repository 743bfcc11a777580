import type { AuditFormat, AuditItem } from '@latchkey/shared/admin-schemas';

/** An event as a file has it: beside what a page shows, the browser as it named itself. */
export interface ExportedEvent extends Omit<AuditItem, 'browser' | 'system' | 'details'> {
  userAgent: string;
  details: Record<string, string>;
}

/** The order of the fields is that of the columns. */
const fields = [
  'at',
  'type',
  'userId',
  'username',
  'actor',
  'actorName',
  'reason',
  'ip',
  'device',
  'userAgent',
  'sessionId',
  'details',
  'id',
] as const satisfies (keyof ExportedEvent)[];

/**
 * A cell of CSV (RFC 4180). One that a spreadsheet would take for a formula begins with an apostrophe, which makes it text
 * (OWASP CSV Injection).
 */
function toCell(text: string): string {
  const inert = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

const toRow = (cells: readonly string[]) => `${cells.map(toCell).join(',')}\r\n`;

function toText(value: ExportedEvent[keyof ExportedEvent]): string {
  if (typeof value === 'string') return value;
  return value === null || Object.keys(value).length === 0 ? '' : JSON.stringify(value);
}

interface FileFormat {
  contentType: string;
  head: string;
  line: (event: ExportedEvent) => string;
}

/** How the record of events is written into a file. Times are in UTC. */
export const fileFormats: Record<AuditFormat, FileFormat> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: toRow(fields),
    line: (event) => toRow(fields.map((field) => toText(event[field]))),
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    head: '',
    line: (event) => `${JSON.stringify(Object.fromEntries(fields.map((field) => [field, event[field]])))}\n`,
  },
};
