import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTestApp } from '../../src/testing/test-app.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const operating = read('docs/operating.md');
const sources = readdirSync(new URL('server/src', root), { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
);

describe('docs/operating.md', () => {
  it('tells what each line of the log means', () => {
    const messages = sources.flatMap((path) =>
      [...read(`server/src/${path}`).matchAll(/logger\.(?:info|warn|error)\((?:\{[^}]*\},\s*)?\s*'([^']+)'/g)].map(
        ([, message]) => `${message}`,
      ),
    );
    expect(messages.length).toBeGreaterThan(10);
    // A long one is shown by its beginning.
    expect(messages.filter((message) => !operating.includes(`\`${message.slice(0, 60)}`))).toEqual([]);
  });

  it('tells what each metric of ours means', async () => {
    await using app = await createTestApp();
    const text = await (await fetch(`${app.url}/metrics`)).text();
    const names = [...text.matchAll(/^# TYPE (latchkey_\w+)/gm)].map(([, name]) => `${name}`);
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !operating.includes(`| \`${name}`))).toEqual([]);
  });
});

it('.env.example shows every setting', () => {
  const names = [...read('server/src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => `${name}`);
  expect(names.length).toBeGreaterThan(24);
  const example = read('.env.example');
  expect(names.filter((name) => !new RegExp(`^(?:# )?${name}=`, 'm').test(example))).toEqual([]);
});
