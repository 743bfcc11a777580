import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

it('every test that SECURITY.md names exists', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| .+ \| `([\w-]+)`: (.+?) \| .* \|$/gm)];
  expect(rows.length).toBeGreaterThan(35);
  for (const [, file, name] of rows) {
    expect(read(`server/test/abuse/${file}.test.ts`), `${file}: ${name}`).toContain(`'${name}'`);
  }
});
