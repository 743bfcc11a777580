import { open, rename, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { exportAccounts } from '../../domain/transfer/export-accounts.ts';
import { type Command, exitCodes, type Shell, terminal, UsageError, withDatabase } from './command.ts';

const usage = `pnpm export-users FILE [--with-hashes]

  FILE           is made, readable by its owner only, with one account in JSON a line, as docs/account-record.schema.json
                 says; \`import-users --from latchkey\` takes it back
  --with-hashes  adds the hashes of passwords, so that people sign in where they are imported

Exit code: 0 done, 2 not done.`;

function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'with-hashes': { type: 'boolean', default: false } },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError('Name one file.');
  return { withHashes: values['with-hashes'], path };
}

/** Writes the lines to a file that is there only when it is whole. */
async function writeWhole(path: string, lines: AsyncIterable<string>): Promise<number> {
  const draft = `${path}.part`;
  const file = await open(draft, 'w', 0o600);
  let count = 0;
  try {
    await file.chmod(0o600);
    for await (const line of lines) {
      await file.write(line);
      count += 1;
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
    return count;
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
}

async function run(shell: Shell): Promise<number> {
  const { withHashes, path } = readArguments(shell.args);
  await withDatabase(shell, async ({ stores, system, audit }) => {
    const count = await writeWhole(path, exportAccounts(stores.users, { withHashes, now: system.now() }));
    await audit.record('accounts-exported', undefined, terminal('export-users'), {
      actor: 'cli',
      accounts: String(count),
      hashes: withHashes ? 'with' : 'without',
    });
    shell.say(`${count} accounts in ${path}${withHashes ? ', with hashes of their passwords' : ''}`);
  });
  return exitCodes.done;
}

export const exportUsers: Command = { usage, run };
