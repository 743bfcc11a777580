import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { installPacked } from './installed.ts';

const run = promisify(execFile);

/** Inserts a document and reads it back with the driver, at the URI that is its argument. */
const client = `
import { MongoClient } from 'mongodb';
const client = await MongoClient.connect(process.argv[2]);
const people = client.db('packed').collection('people');
await people.insertOne({ name: 'Ada', born: 1815 });
const { name } = await people.findOne({ born: { $lt: 1900 } });
await client.close();
process.stdout.write(name);
`;

it('@latchkey/embedded-mongo serves the MongoDB driver from an empty folder', async () => {
  await using installed = await installPacked('server/embedded-mongo', ['mongodb@7']);
  const { directory } = installed;
  await writeFile(join(directory, 'client.js'), client);

  const server = spawn(join(directory, 'node_modules/.bin/embedded-mongo'), ['--port', '0'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const [line] = await Promise.race([once(server.stdout, 'data'), ended.then(() => [''])]);
    const uri = /mongodb:\/\/\S+/.exec(`${line}`)?.[0] ?? '';
    expect(uri).not.toBe('');
    const { stdout } = await run(process.execPath, ['client.js', uri], { cwd: directory });
    expect(stdout).toBe('Ada');
  } finally {
    server.kill();
    await ended;
  }
});

it('@latchkey/embedded-mongo starts inside a program, with types', async () => {
  await using installed = await installPacked('server/embedded-mongo');
  const { directory } = installed;
  const program = `
    import { mkdtempSync } from 'node:fs';
    import { startEmbeddedMongo } from '@latchkey/embedded-mongo';
    const server = await startEmbeddedMongo({ dataDir: mkdtempSync('data-') });
    process.stdout.write(server.uri);
    await server.close();
  `;
  await writeFile(join(directory, 'program.js'), program);
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: directory });
  expect(stdout).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+$/);
  const types = await readFile(join(directory, 'node_modules/@latchkey/embedded-mongo/dist/server.d.ts'), 'utf8');
  expect(types).toContain('startEmbeddedMongo');
});
