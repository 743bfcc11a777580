import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { codeIn } from '../src/testing/mail.ts';
import { createTestApp } from '../src/testing/test-app.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

/** The blocks of a page that name the file that they are of. */
const shownFiles = (page: string) =>
  [...read(page).matchAll(/```tsx?\n\/\/ (docs\/examples\/\S+)\n(.+?)\n```/gs)].map(([, path = '', code = '']) => ({
    path,
    code,
  }));

/** The first block of a section, with the language it is in. */
const firstBlock = (section: string) => {
  const text = read('README.md').split(`\n## ${section}\n`)[1] ?? '';
  return /```(\w+)\n(.+?)\n```/s.exec(text)?.slice(1) ?? [];
};

it.each([
  ['README.md', 5],
  ['client/api/README.md', 2],
])('what %s shows of the examples is what the suite runs', (page, atLeast) => {
  const blocks = shownFiles(page);
  expect(blocks.length).toBeGreaterThanOrEqual(atLeast);
  for (const { path, code } of blocks) expect(read(path), path).toContain(code);
});

it('the section of who runs it begins with what starts the build that the suite starts', () => {
  expect(firstBlock('Start')).toEqual(['sh', 'npx -y pnpm@12 start']);
  expect(JSON.parse(read('package.json')).scripts.start).toBe('pnpm build && node server/dist/main.js');
});

it('every command that README has of this repository is one of its scripts', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const commands = [...read('README.md').matchAll(/pnpm@12 (?!--)(\S+?)[`\s]/g)].map(([, name = '']) => name);
  expect(commands).toEqual(expect.arrayContaining(['start', 'test']));
  for (const name of commands) expect(scripts, name).toHaveProperty(name);
});

it.each(['Call it from TypeScript', 'Test procedures'])(
  '%s begins with a whole file, so that it can be pasted',
  (section) => {
    const [language, block = ''] = firstBlock(section);
    const [, path = '', code] = /^\/\/ (\S+)\n(.+)$/s.exec(block) ?? [];
    expect(language).toBe('ts');
    expect(existsSync(`${root}${path}`)).toBe(true);
    expect(read(path)).toBe(`${code}\n`);
  },
);

it('the program of README registers and signs in', async () => {
  await using app = await createTestApp();
  const [, path = ''] = /^\/\/ (\S+)/.exec(firstBlock('Call it from TypeScript')[1] ?? '') ?? [];
  const program = spawn(process.execPath, ['--conditions=latchkey-source', '--import', 'tsx', path], {
    cwd: root,
    env: { PATH: process.env.PATH, LATCHKEY_URL: app.url },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  program.stdout.on('data', (chunk: Buffer) => {
    shown += chunk;
  });
  const ended = once(program, 'close');
  try {
    const { text } = await app.mail.waitFor((mail) => codeIn(mail.text) !== '');
    program.stdin.write(`${codeIn(text)}\n`);
    expect(await ended).toEqual([0, null]);
    expect(shown).toMatch(/^The code that was sent to a\*\*\*@example\.com: Signed in as ada\d+\.\n$/);
  } finally {
    program.kill();
  }
});
