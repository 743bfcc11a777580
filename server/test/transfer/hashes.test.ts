import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { createRestClient, signInByRest } from '../rest/rest-client.ts';
import { storedUser } from '../stored.ts';
import { type Commands, openCommands } from './commands.ts';
import { foreignHashes, foreignPassword } from './foreign-hashes.ts';

const people = Object.entries(foreignHashes).map(([kind, passwordHash], index) => ({
  kind,
  row: { id: index, username: `person${index}`, email: `person${index}@example.com`, passwordHash },
}));

describe('somebody who came over with a hash of another system', () => {
  let commands: Commands;
  let app: TestApp;
  beforeAll(async () => {
    commands = await openCommands();
    const MONGODB_URI = commands.newDatabase();
    const file = await commands.file('hashes.json', JSON.stringify(people.map(({ row }) => row)));
    const { code, stderr } = await commands.run('import-users', [file, '--from', 'generic'], { MONGODB_URI });
    expect([code, stderr]).toEqual([0, '']);
    app = await createTestApp({ env: { MONGODB_URI } });
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await commands[Symbol.asyncDispose]();
  });

  it.each(people)('signs in as the old clients do, and has a hash of ours from then on: $kind', async ({ row }) => {
    const client = createRestClient(app);
    const wrong = await client.send('/api/login/', {
      json: { username: row.username, password: `${foreignPassword}!` },
    });
    expect([wrong.status, wrong.body]).toEqual([400, { message: 'Invalid credentials' }]);
    expect((await storedUser(app, row)).passwordHash).not.toMatch(/^v1:/);
    const { access } = await signInByRest(app, client, { ...row, password: foreignPassword });
    expect((await client.send('/api/me/', { token: access })).status).toBe(200);
    const { passwordHash } = await storedUser(app, row);
    expect(passwordHash).toMatch(/^v1:\$2b\$04\$/);
    const again = await client.send('/api/login/', { json: { username: row.username, password: foreignPassword } });
    expect(again.status).toBe(200);
    expect((await storedUser(app, row)).passwordHash).toBe(passwordHash);
  });
});
