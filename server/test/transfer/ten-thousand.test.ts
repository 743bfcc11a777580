import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commands, djangoUser, hash, openCommands } from './commands.ts';

const breakages = [
  { password: 'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99' },
  { email: '' },
  { email: 'user1@example.com' },
  { username: 'USER1' },
  { password: hash.replace('1000', '2000001') },
];

/** Of every hundred one is broken, each in another way than the last. */
const usersOfDjango = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    djangoUser(index + 1, index % 100 === 50 ? breakages[((index / 100) % 5) | 0] : {}),
  );

/** How many accounts there are, and a digest of all that is stored of them but what is random, byte by byte. */
async function stateOf(uri: string): Promise<{ count: number; digest: string }> {
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    const found = client
      .db()
      .collection('users')
      .find({}, { projection: { _id: 0 }, raw: true })
      .sort({ externalId: 1 });
    const hash = createHash('sha256');
    let count = 0;
    for await (const document of found) {
      hash.update(document as unknown as Buffer);
      count += 1;
    }
    return { count, digest: hash.digest('hex') };
  } finally {
    await client.close();
  }
}

describe('accounts of Django, one in a hundred broken', () => {
  let commands: Commands;
  beforeAll(async () => {
    commands = await openCommands();
  });
  afterAll(() => commands[Symbol.asyncDispose]());

  it('come over by the ten thousand as the report says, and change nothing when they come again', async () => {
    const path = await commands.file('dump.json', usersOfDjango(10_000));
    const MONGODB_URI = commands.newDatabase();
    const first = await commands.run('import-users', [path, '--from', 'django'], { MONGODB_URI });
    expect(first.stdout).toBe('came over: 9900, there already: 0, refused: 100, about something else: 0\n');
    expect(first.code).toBe(1);
    expect(first.report).toHaveLength(100);
    expect(first.report.slice(0, 5)).toEqual([
      'row 51 ("user51"): has a password hash of a kind that is not known, or with parameters out of bounds',
      'row 151 ("user151"): has no e-mail address',
      'row 251 ("user251"): has another account\'s e-mail address',
      'row 351 ("USER1"): has another account\'s username',
      'row 451 ("user451"): has a password hash of a kind that is not known, or with parameters out of bounds',
    ]);
    const state = await stateOf(MONGODB_URI);
    expect(state.count).toBe(9900);

    const report = join(commands.folder, 'report');
    const args = [path, '--from', 'django', '--report', report];
    const { stdout, stderr } = await commands.run('import-users', args, { MONGODB_URI });
    expect(stdout).toBe('came over: 0, there already: 9900, refused: 100, about something else: 0\n');
    expect([stderr, await readFile(report, 'utf8')]).toEqual(['', first.stderr]);
    expect((await stat(report)).mode & 0o777).toBe(0o600);
    expect(await stateOf(MONGODB_URI)).toEqual(state);
  });

  it('end as one run leaves them when that was killed in the middle and is run again', async () => {
    const path = await commands.file('killed.json', usersOfDjango(1_200));
    const whole = { MONGODB_URI: commands.newDatabase() };
    const dry = await commands.run('import-users', [path, '--from', 'django', '--dry-run'], whole);
    expect([dry.code, dry.stdout]).toEqual([
      1,
      'would come over: 1188, there already: 0, refused: 12, about something else: 0\n',
    ]);
    expect((await stateOf(whole.MONGODB_URI)).count).toBe(0);
    expect((await commands.run('import-users', [path, '--from', 'django'], whole)).report).toEqual(dry.report);

    const killed = { MONGODB_URI: commands.newDatabase() };
    const cutOff = await commands.start('import-users', [path, '--from', 'django'], killed);
    const client = await mongoose.mongo.MongoClient.connect(killed.MONGODB_URI);
    const accounts = client.db().collection('users');
    const came = expect.poll(() => accounts.estimatedDocumentCount(), { timeout: 50_000, interval: 2 });
    await came.toBeGreaterThan(0);
    cutOff.kill('SIGKILL');
    await once(cutOff, 'close');
    const there = await accounts.countDocuments();
    expect(there).toBeLessThan(1188);
    await client.close();

    const again = await commands.run('import-users', [path, '--from', 'django'], killed);
    expect(again.stdout).toBe(
      `came over: ${1188 - there}, there already: ${there}, refused: 12, about something else: 0\n`,
    );
    expect(again.report).toEqual(dry.report);
    expect(await stateOf(killed.MONGODB_URI)).toEqual(await stateOf(whole.MONGODB_URI));
  });
});
