import type { IncomingMessage } from 'node:http';
import { readBody } from '../body.ts';
import { refuse } from './problem.ts';

/** What a client sent, by the names of its fields, before any schema has looked at it. */
export type Fields = Record<string, unknown>;

function parseJson(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('broken');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('broken');
  return value as Fields;
}

/** The fields of a body in JSON or of a form. Throws `RefusedRequest` where it is too long, broken or something else. */
export async function readFields(request: IncomingMessage): Promise<Fields> {
  const body = await readBody(request);
  if (body === undefined) throw refuse('tooLong', { connection: 'close' });
  const { text } = body;
  if (text.trim() === '') return {};
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text));
  if (type === 'application/json') return parseJson(text);
  throw refuse('type');
}

/** Whether a field was left out or left empty. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null || value === '';

export const snakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A value with the names of its fields as Python writes them: `sentTo` as `sent_to`. */
export function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeCase(name), toSnakeCase(inner)]));
}
