import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileRow, openRowFile } from './row-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(content: string): Promise<FileRow[]> {
  const path = join(folder, 'rows');
  await writeFile(path, content);
  const rows: FileRow[] = [];
  for await (const row of (await openRowFile(path)).rows()) rows.push(row);
  return rows;
}

describe('a file of rows', () => {
  it('is a JSON array, on one line or on many, with braces and quotes in its texts', async () => {
    const rows = [{ a: '}{"\\' }, { b: { c: [{ d: 1 }] } }, {}];
    const expected = rows.map((value, index) => ({ line: index + 1, value }));
    expect(await rowsOf(JSON.stringify(rows))).toEqual(expected);
    expect(await rowsOf(`\ufeff\n${JSON.stringify(rows, null, 2)}\n`)).toEqual(expected);
    expect(await rowsOf('[]')).toEqual([]);
  });

  it('is cut off where a JSON array ends within an object', async () => {
    expect(await rowsOf('[{"a":1},{"b":')).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, broken: 'is cut off' },
    ]);
  });

  it('is a JSON object a line, of which a broken one spoils no other', async () => {
    expect(await rowsOf('{"a":1}\r\n\n{"b":\n{"c":"3"}')).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 3, broken: 'is no JSON object' },
      { line: 4, value: { c: '3' } },
    ]);
  });

  it('is CSV with names in the first line, quotes, commas and line breaks in cells, and absent values', async () => {
    expect(await rowsOf('id,name,note\r\n1,"Ada ""L"", Countess","two\nlines"\r\n2,,x\n3,short\n')).toEqual([
      { line: 2, value: { id: '1', name: 'Ada "L", Countess', note: 'two\nlines' } },
      { line: 4, value: { id: '2', note: 'x' } },
      { line: 5, broken: 'has 2 cells where the first line has 3' },
    ]);
  });

  it('may be larger than what is read at once', async () => {
    const rows = Array.from({ length: 5000 }, (_, id) => ({ id, text: '"€"'.repeat(20) }));
    expect(await rowsOf(JSON.stringify(rows))).toHaveLength(5000);
    expect(await rowsOf(rows.map((row) => JSON.stringify(row)).join('\n'))).toEqual(
      rows.map((value, index) => ({ line: index + 1, value })),
    );
  });

  it('holds no row without end', async () => {
    await expect(rowsOf(`[{"a":"${'x'.repeat(2 ** 20)}"}]`)).rejects.toThrow('Object 1 is too long.');
    await expect(rowsOf(`a,b\n"${'x'.repeat(2 ** 20)}`)).rejects.toThrow('too long');
  });
});
