import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import * as prompts from '@clack/prompts';
import type { AppErrorCode } from '@latchkey/shared/errors';
import * as schemas from '@latchkey/shared/schemas';
import type * as z from 'zod/mini';
import { createAdminCreation } from '../../domain/admin/create-admin.ts';
import { createAdmins } from '../../domain/admins.ts';
import { createPasswords } from '../../domain/passwords.ts';
import { AppError } from '../../errors.ts';
import { createPasswordAppraiser } from '../../infra/password-appraiser.ts';
import { type Command, exitCodes, type Shell, terminal, UsageError, withDatabase } from './command.ts';

const usage = `pnpm create-admin [--username NAME] [--email ADDRESS] [--first-name NAME] [--last-name NAME] [--password-stdin]
pnpm create-admin --promote NAME

  makes an account that runs this server, or lets one that is there do so; asks in a terminal for what is not given

  --password-stdin  reads the password from standard input, so that it stands in no list of processes
  --promote NAME    a username or an e-mail address

The account is there for good, and signs in as everybody does: with its password and the code of a mail. A second run with
the same name and address changes nothing.

Exit code: 0 done, 1 refused, 2 called in a way that is not understood, or not possible.`;

/** What is asked for, in this order. Names that are reserved for the service are allowed: this is the service. */
const fields = {
  username: { schema: schemas.username, question: 'Username' },
  email: { schema: schemas.email, question: 'E-mail' },
  'first-name': { schema: schemas.personName, question: 'First name' },
  'last-name': { schema: schemas.personName, question: 'Last name' },
} as const;
type FieldName = keyof typeof fields;

/** The command was refused for a reason that whoever gave it can put right. */
class Refusal extends Error {}

const refusals: Partial<Record<AppErrorCode, string>> = {
  USERNAME_TAKEN: 'Another account has this username. To let that one run the server: pnpm create-admin --promote NAME',
  EMAIL_TAKEN: 'Another account has this address. To let that one run the server: pnpm create-admin --promote ADDRESS',
  NOT_FOUND: 'Nobody has this name.',
  CONFLICT: 'This account is disabled.',
  PASSWORD_TOO_COMMON: 'This password is too easy to guess.',
};

function readArguments(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      username: { type: 'string' },
      email: { type: 'string' },
      'first-name': { type: 'string' },
      'last-name': { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      promote: { type: 'string' },
    },
  });
  const { promote, 'password-stdin': passwordFromInput, ...given } = values;
  if (promote !== undefined && (passwordFromInput || Object.keys(given).length > 0)) {
    throw new UsageError('--promote goes alone.');
  }
  return { promote, passwordFromInput, given };
}

const problemOf = (schema: z.ZodMiniType<string>, value: string): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

function parse(schema: z.ZodMiniType<string>, value: string, name: string): string {
  const problem = problemOf(schema, value);
  if (problem !== undefined) throw new Refusal(`${name}: ${problem}`);
  return schema.parse(value);
}

async function ask(
  { stdin: input, stderr: output }: Shell,
  message: string,
  schema: z.ZodMiniType<string>,
  isSecret = false,
): Promise<string> {
  const options = { message, input, output, validate: (value = '') => problemOf(schema, value) };
  const response = await (isSecret ? prompts.password(options) : prompts.text(options));
  if (prompts.isCancel(response)) throw new Refusal('Cancelled: nothing was done.');
  return schema.parse(response);
}

async function readField(shell: Shell, name: FieldName, given: Partial<Record<FieldName, string>>): Promise<string> {
  const { schema, question } = fields[name];
  const value = given[name];
  if (value !== undefined) return parse(schema, value, question);
  if (!shell.isInteractive) throw new UsageError(`--${name} is needed where nobody can be asked.`);
  return ask(shell, question, schema);
}

async function passwordOf(shell: Shell, fromInput: boolean): Promise<string> {
  const { stdin: input, stderr: output } = shell;
  if (fromInput) return parse(schemas.newPassword, (await text(input)).replace(/\r?\n$/, ''), 'Password');
  if (!shell.isInteractive) throw new UsageError('--password-stdin is needed where nobody can be asked.');
  const password = await ask(shell, 'Password', schemas.newPassword, true);
  const repeated = await prompts.password({ message: 'Repeat the password', input, output });
  if (repeated !== password) throw new Refusal(schemas.fieldMessages.passwordMismatch);
  return password;
}

async function run(shell: Shell): Promise<number> {
  const { say, warn } = shell;
  const { promote, passwordFromInput, given } = readArguments(shell.args);
  const appraiser = createPasswordAppraiser();
  try {
    await withDatabase(shell, async ({ stores, config, system, audit }) => {
      const admins = createAdmins({ stores, system });
      const passwords = createPasswords({ cost: config.bcryptCost, appraise: appraiser.appraise });
      const creation = createAdminCreation({
        stores,
        admins,
        audit,
        system,
        passwords,
        origin: terminal('create-admin'),
      });
      // Roles in accounts are copies, which may be older than the list.
      await admins.repair();
      if (promote !== undefined) {
        const { user, changed } = await creation.promote(promote);
        say(`${user.username} ${changed ? 'is an administrator now' : 'is an administrator already'}`);
        return;
      }
      const username = await readField(shell, 'username', given);
      const email = await readField(shell, 'email', given);
      const present = await creation.find({ username, email });
      if (present) {
        say(`${present.username} is an administrator already`);
        return;
      }
      const firstName = await readField(shell, 'first-name', given);
      const lastName = await readField(shell, 'last-name', given);
      const password = await passwordOf(shell, passwordFromInput);
      const made = await creation.create({ username, email, firstName, lastName, locale: 'en' }, password);
      say(
        `${made.username} is an administrator now. Sign in at ${config.publicUrl ?? `http://localhost:${config.port}`}`,
      );
    });
    return exitCodes.done;
  } catch (error) {
    const refusal = error instanceof AppError ? refusals[error.code as AppErrorCode] : undefined;
    if (!(error instanceof Refusal) && refusal === undefined) throw error;
    warn(refusal ?? (error as Refusal).message);
    return exitCodes.refused;
  } finally {
    await appraiser.close();
  }
}

export const createAdmin: Command = { usage, run };
