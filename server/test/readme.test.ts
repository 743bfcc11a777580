import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('what README shows of the examples is what the suite runs', () => {
  const blocks = [...read('README.md').matchAll(/```ts\n\/\/ (docs\/examples\/\S+)\n(.+?)\n```/gs)];
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  for (const [, path = '', code = ''] of blocks) expect(read(path), path).toContain(code);
});
