import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

it('every test that SECURITY.md names exists', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| .+ \| `([\w/-]+)`: (.+?) \| .* \|$/gm)];
  const files = ['server/test', 'server/src'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  );
  expect(rows.length).toBeGreaterThan(35);
  for (const [, file, name] of rows) {
    const path = files.find((candidate) => candidate.endsWith(`/${file}.test.ts`));
    expect(path, `${file}: ${name}`).toBeDefined();
    expect(read(`${path}`), `${file}: ${name}`).toContain(`'${name}'`);
  }
});
