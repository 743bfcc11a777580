import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { createLatchkeyClient, isLatchkeyError, type LatchkeyClient } from '@latchkey/client';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { fileStorage } from './file-storage.ts';
import { Cancelled, createTerminal, type Terminal } from './terminal.ts';

const exitCodes = { done: 0, refused: 1, usage: 2, noResponse: 3, cancelled: 130 } as const;
const defaultUrl = 'http://localhost:3000';

/** What the command line has of the process that it runs in, or of a test. */
interface Shell {
  /** The arguments, without the program's name. */
  args: readonly string[];
  env: Record<string, string | undefined>;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
}

interface Global {
  url: string;
  json?: true;
}

/** The tokens could not be written: who signed in is not signed in for the next command. */
class NotKept extends Error {}

/** What a command works with. `show` prints its result: as JSON, or as lines for people. */
interface Session {
  latchkey: LatchkeyClient;
  terminal: Terminal;
  show(result: unknown, lines: readonly string[]): void;
}

const isUrl = (value: string) => /^https?:\/\//i.test(value) && URL.canParse(value);

function urlOf(value: string): string {
  if (!isUrl(value)) throw new InvalidArgumentError('give an http or https URL');
  return value;
}

/** One file per server, in the user's own config folder. */
function tokensFile(url: string, { XDG_CONFIG_HOME, APPDATA }: Shell['env']): string {
  const given = process.platform === 'win32' ? APPDATA : XDG_CONFIG_HOME;
  // An empty or relative path counts as none (XDG Base Directory Specification).
  const folder = given && isAbsolute(given) ? given : join(homedir(), '.config');
  return join(folder, 'latchkey', `${new URL(url).host.replaceAll(':', '_')}.json`);
}

/** The session of a server in its file. `assertKept` throws where something could not be written there. */
function keptTokens(path: string) {
  const { get, set, remove } = fileStorage(path);
  let problem: unknown;
  return {
    storage: {
      get,
      remove,
      set: (key: string, value: string) =>
        Promise.resolve(set(key, value)).catch((error: unknown) => {
          problem = error;
          throw error;
        }),
    },
    assertKept(): void {
      if (problem) throw new NotKept(`The session could not be kept in ${path}: ${(problem as Error).message}`);
    },
  };
}

async function register({ latchkey, terminal, show }: Session, given: Record<string, string | undefined>) {
  const username = given.username ?? (await terminal.ask('Username'));
  const email = given.email ?? (await terminal.ask('E-mail address'));
  const firstName = given.firstName ?? (await terminal.ask('First name'));
  const lastName = given.lastName ?? (await terminal.ask('Last name'));
  const password = await terminal.askSecretly('Password');
  const input = { username, email, firstName, lastName, password, confirmPassword: password };
  const { user } = await terminal.during('Creating the account', () => latchkey.auth.register.mutate(input));
  show(user, [`Registered ${user.username}. Sign in with: latchkey login --username ${user.username}`]);
}

async function login({ latchkey, terminal, show }: Session, given: Record<string, string | undefined>) {
  const username = given.username ?? (await terminal.ask('Username or e-mail address'));
  const password = await terminal.askSecretly('Password');
  const challenge = await terminal.during('Checking the password', () =>
    latchkey.auth.login.mutate({ username, password }),
  );
  terminal.note(`A code was sent to ${challenge.sentTo}.`);
  const { challengeId } = challenge;
  for (;;) {
    const otp = await terminal.ask('Code');
    try {
      const { user } = await terminal.during('Checking the code', () =>
        latchkey.auth.verifyOtp.mutate({ challengeId, otp }),
      );
      show(user, [`Signed in as ${user.username}.`]);
      return;
    } catch (error) {
      const again = isLatchkeyError(error, 'auth.verifyOtp') && error.code === 'OTP_INVALID' && error.details;
      if (!again || again.attemptsLeft === 0) throw error;
      terminal.note(`This code is not right; ${again.attemptsLeft} tries left.`);
    }
  }
}

async function me({ latchkey, terminal, show }: Session) {
  const user = await terminal.during('Reading the account', () => latchkey.user.me.query());
  show(user, [`${user.username} <${user.email}>`, `${user.firstName} ${user.lastName}`, `since ${user.dateJoined}`]);
}

async function sessions({ latchkey, terminal, show }: Session) {
  const list = await terminal.during('Reading the sessions', () => latchkey.session.list.query());
  show(
    list,
    list.map(({ current, device, ip, lastSeenAt }) => `${current ? '*' : ' '} ${lastSeenAt}  ${ip}  ${device}`),
  );
}

async function activity({ latchkey, terminal, show }: Session, { limit = '20' }: Record<string, string | undefined>) {
  const events = await terminal.during('Reading the activity', async () => {
    const read = [];
    for await (const event of latchkey.user.activity({ pageSize: Math.min(Number(limit), 100) })) {
      read.push(event);
      if (read.length >= Number(limit)) break;
    }
    return read;
  });
  show(
    events,
    events.map(({ at, type, ip, device }) => `${at}  ${type}  ${ip}  ${device}`),
  );
}

async function logout({ latchkey, terminal, show }: Session) {
  const result = await terminal.during('Signing out', () => latchkey.auth.logout.mutate({}));
  show(result, ['Signed out.']);
}

/** Says what went wrong, as JSON where that was asked for, and gives the exit code. */
function fail(error: unknown, json: boolean, { note }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof Cancelled) {
    note(error.message);
    return exitCodes.cancelled;
  }
  if (error instanceof NotKept) {
    note(json ? JSON.stringify({ code: 'NOT_KEPT', message: error.message }) : error.message);
    return exitCodes.refused;
  }
  if (!isLatchkeyError(error)) throw error;
  const { code, message, details, fieldErrors, advice, requestId } = error;
  if (json) {
    note(JSON.stringify({ code, message, details, fieldErrors, requestId }));
  } else {
    note(`${message} (${code})`);
    for (const [field, messages] of Object.entries(fieldErrors)) note(`  ${field}: ${messages.join(' ')}`);
    note(advice);
    if (requestId !== undefined) note(`Request ${requestId}`);
  }
  return code === 'NO_RESPONSE' ? exitCodes.noResponse : exitCodes.refused;
}

function limitOf(value: string): string {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('give a number from 1');
  return value;
}

/** Does what the arguments say, and gives the exit code. */
export async function runCommandLine({ args, env, stdin, stdout, stderr }: Shell): Promise<number> {
  const terminal = createTerminal({ stdin, stderr });
  const program = new Command('latchkey')
    .description('Your account on a Latchkey server')
    .addOption(
      new Option('--url <url>', 'the server, otherwise LATCHKEY_URL')
        .argParser<string>(urlOf)
        .default(env.LATCHKEY_URL || defaultUrl),
    )
    .option('--json', 'print the result as JSON')
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();

  const run = (act: (session: Session, given: Record<string, string | undefined>) => Promise<void>) =>
    async function action(this: Command) {
      const { url, json, ...given } = this.optsWithGlobals<Global & Record<string, string>>();
      if (!isUrl(url)) this.error(`error: LATCHKEY_URL is '${url}': give an http or https URL`);
      const { storage, assertKept } = keptTokens(tokensFile(url, env));
      const latchkey = createLatchkeyClient({ url, storage });
      const show = (result: unknown, lines: readonly string[]) =>
        void stdout.write(json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
      await act({ latchkey, terminal, show }, given);
      assertKept();
    };

  program
    .command('register')
    .description('make an account')
    .option('--username <name>')
    .option('--email <address>')
    .option('--first-name <name>')
    .option('--last-name <name>')
    .action(run(register));
  program
    .command('login')
    .description('sign in with password and mailed code')
    .option('--username <name>', 'or e-mail address')
    .action(run(login));
  program.command('me').description('show the account').action(run(me));
  program.command('sessions').description('list where you are signed in').action(run(sessions));
  program
    .command('activity')
    .description('list what happened to the account, latest first')
    .option('--limit <count>', 'how many events', limitOf)
    .action(run(activity));
  program.command('logout').description('sign out here').action(run(logout));

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return fail(error, program.opts<Global>().json === true, terminal);
  } finally {
    terminal.close();
  }
}
