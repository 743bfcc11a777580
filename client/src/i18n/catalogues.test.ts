import { appErrorCodes } from '@latchkey/shared/errors';
import { fieldMessages } from '@latchkey/shared/schemas';
import { describe, expect, it } from 'vitest';
import { de as adminDe } from './admin/de.ts';
import { en as adminEn } from './admin/en.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { clockTime, createFormat } from './format.ts';

/** Every text of a catalogue with its path; functions are asked for theirs with a sample. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(2))]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

/** Names, and words that are the same in both languages. */
const same = ['.preferences.themes.auto', '.activity.on', '.inbox.live', '.inbox.list'];
const sameInAdministration = ['.users.columns.name'];

describe('the catalogues', () => {
  it.each([
    ['of the app', en, de, same],
    ['of administration', adminEn, adminDe, sameInAdministration],
  ])('%s have no empty text, and German says nothing in English', (_name, english, german, expected) => {
    const texts = new Map(textsOf(english));
    for (const [path, text] of textsOf(german)) expect(text.trim(), path).not.toBe('');
    const equal = textsOf(german).filter(([path, text]) => texts.get(path) === text);
    expect(equal.map(([path]) => path)).toEqual(expected);
  });

  it('know every error code and every field message of the contract', () => {
    for (const catalogue of [en, de]) {
      expect(Object.keys(catalogue.problem.byCode).sort()).toEqual([...appErrorCodes].sort());
      expect(Object.keys(catalogue.fields).sort()).toEqual(Object.keys(fieldMessages).sort());
    }
  });

  it('use the plural that a count asks for', () => {
    expect([en.overview.devicesCount(1), en.overview.devicesCount(3)]).toEqual([
      'Signed in on 1 device',
      'Signed in on 3 devices',
    ]);
    expect(de.code.wrong(1)).toContain('noch 1 Versuch.');
    expect(de.code.wrong(2)).toContain('noch 2 Versuche.');
  });
});

describe('times in words', () => {
  const now = Date.parse('2026-06-15T12:00:00Z');
  const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

  it('name the largest unit that fits', () => {
    const { ago } = createFormat('en');
    expect(ago(before(5), now)).toBe('now');
    expect(ago(before(60), now)).toBe('1 minute ago');
    expect(ago(before(7_199), now)).toBe('1 hour ago');
    expect(ago(before(90_000), now)).toBe('yesterday');
    expect(createFormat('de').ago(before(3 * 86_400), now)).toBe('vor 3 Tagen');
  });

  it('take a moment that lies ahead for a wrong clock', () => {
    expect(createFormat('en').ago(before(-300), now)).toBe('now');
  });

  it('count down as a clock shows it', () => {
    expect([7, 750, 3_900, -1].map(clockTime)).toEqual(['0:07', '12:30', '1:05:00', '0:00']);
  });
});
