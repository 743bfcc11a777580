import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpa } from './spa.ts';

const files = {
  'index.html': '<!doctype html>',
  'assets/app.js': 'export {};',
  '.well-known/security.txt': 'Contact: mailto:security@example.com',
  '.vite/manifest.json': '{}',
  'assets/.notes/plan.txt': 'secret',
  '.env.json': '{}',
};

let folder: string;
let server: ReturnType<typeof createServer>;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-spa-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  server = createServer(createSpa(folder));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

describe('the built app', () => {
  it.each(['/index.html', '/assets/app.js', '/.well-known/security.txt'] as const)('serves %s', async (path) => {
    const response = await fetch(url + path);
    expect([response.status, await response.text()]).toEqual([200, files[path.slice(1) as keyof typeof files]]);
  });

  it.each(['/.vite/manifest.json', '/assets/.notes/plan.txt', '/.env.json'])('keeps %s to itself', async (path) => {
    expect((await fetch(url + path)).status).toBe(404);
  });
});
