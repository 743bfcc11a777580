import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createAdmins } from '../../domain/admins.ts';
import { importAccounts, type RowNote } from '../../domain/transfer/import-accounts.ts';
import { type Source, sources } from '../../domain/transfer/sources.ts';
import { openRowFile, RowFileError } from '../../infra/row-file.ts';
import { type Command, exitCodes, type Shell, terminal, UsageError, withDatabase } from './command.ts';
import { createProgressBar } from './progress-bar.ts';

const usage = `pnpm import-users FILE --from django|latchkey|generic [--dry-run] [--emails-verified] [--admins] [--report FILE]

  FILE               a JSON array, one JSON object a line, or CSV; Django's dumpdata as it is
  --dry-run          changes nothing, and reports what would happen
  --emails-verified  takes every address as shown to be its owner's
  --admins           lets administrators (Django's staff and superusers) stay administrators
  --report FILE      writes the lines about single rows there instead of to the terminal

Exit code: 0 everything came over or was there already, 1 some rows were refused, 2 nothing was done or not all was read.`;

const isSource = (name: string | undefined): name is Source => name !== undefined && Object.hasOwn(sources, name);

function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      report: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'emails-verified': { type: 'boolean', default: false },
      admins: { type: 'boolean', default: false },
    },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError('Name one file.');
  if (!isSource(values.from)) throw new UsageError('--from is one of django, latchkey, generic.');
  return { ...values, from: values.from, path };
}

const hasArgon2 = () =>
  import('@node-rs/argon2').then(
    () => true,
    () => false,
  );

async function run(shell: Shell): Promise<number> {
  const values = readArguments(shell.args);
  const file = await openRowFile(values.path);
  const report = values.report === undefined ? undefined : (await open(values.report, 'w', 0o600)).createWriteStream();
  const bar = createProgressBar(shell.stderr);
  const onNote = ({ line, name, text }: RowNote) => {
    const note = `row ${line}${name === '' ? '' : ` (${JSON.stringify(name)})`}: ${text}`;
    if (report) report.write(`${note}\n`);
    else bar.around(() => shell.warn(note));
  };

  const summary = await withDatabase(shell, async ({ stores, config, system, audit }) => {
    const outcome = await importAccounts({
      rows: (pass) => file.rows((part) => bar.show(pass === 'first' ? 0 : part)),
      readRow: sources[values.from],
      users: stores.users,
      promote: createAdmins({ stores, system }).promote,
      system,
      cost: config.bcryptCost,
      options: {
        dryRun: values['dry-run'],
        emailsVerified: values['emails-verified'],
        admins: values.admins,
        argon2: await hasArgon2(),
      },
      onNote,
    });
    if (!values['dry-run']) {
      await audit.record('accounts-imported', undefined, terminal('import-users'), {
        actor: 'cli',
        from: values.from,
        imported: String(outcome.imported),
        refused: String(outcome.refused),
      });
    }
    return outcome;
  })
    .catch((error: unknown) => {
      throw error instanceof RowFileError ? new UsageError(error.message) : error;
    })
    .finally(async () => {
      bar.end();
      if (report) await finished(report.end());
    });
  const { imported, present, refused, skipped } = summary;
  shell.say(
    `${values['dry-run'] ? 'would come over' : 'came over'}: ${imported}, there already: ${present}, refused: ${refused}, about something else: ${skipped}`,
  );
  return refused > 0 ? exitCodes.refused : exitCodes.done;
}

export const importUsers: Command = { usage, run };
