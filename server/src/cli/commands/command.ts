import type { Readable, Writable } from 'node:stream';
import { StartupError } from '../../errors.ts';
import type { DatabaseTools } from './database-tools.ts';

/** What a command answers to the shell. */
export const exitCodes = { done: 0, refused: 1, usage: 2 } as const;

/** The command was called in a way that it does not understand. */
export class UsageError extends Error {}

/**
 * What a command has of the world around it: that of this process, or what a test hands over.
 * @param settings is called by commands that use them, once they know what to do
 */
export function createShell({
  args,
  settings,
  stdin,
  stdout,
  stderr,
}: {
  args: string[];
  settings: () => Record<string, string | undefined>;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
}) {
  return {
    args,
    settings,
    stdin,
    stdout,
    stderr,
    /** Whether somebody sits there who can be asked. */
    isInteractive: Boolean(stdin.isTTY && stderr.isTTY),
    say: (line: string): void => void stdout.write(`${line}\n`),
    warn: (line: string): void => void stderr.write(`${line}\n`),
  };
}

export type Shell = ReturnType<typeof createShell>;

export interface Command {
  usage: string;
  /** Gives the exit code. */
  run(shell: Shell): Promise<number>;
}

/**
 * Opens the database of the settings, that of a running server included, for as long as `act` takes. What opens it is loaded
 * here only: whoever asks how a command is used does not wait for it.
 */
export async function withDatabase<Result>(
  { settings, stdout }: Shell,
  act: (tools: DatabaseTools) => Promise<Result>,
): Promise<Result> {
  const { openDatabaseTools } = await import('./database-tools.ts');
  const { close, ...tools } = await openDatabaseTools(settings(), stdout);
  try {
    return await act(tools);
  } finally {
    await close();
  }
}

/** Stands for the person at the terminal in the record of what happened. */
export const terminal = (command: string) => ({ ip: 'terminal', userAgent: command });

const hasCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
const isParseError = (error: unknown): error is Error => hasCode(error) && error.code.startsWith('ERR_PARSE_ARGS');
const isFileError = (error: unknown): error is Error =>
  hasCode(error) && ['ENOENT', 'EACCES', 'EISDIR', 'EEXIST', 'ENOSPC', 'EROFS'].includes(error.code);

/** Runs a command and gives its exit code, which says what kind of thing went wrong; what did is one line. */
export async function runCommand({ usage, run }: Command, shell: Shell): Promise<number> {
  try {
    return await run(shell);
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) shell.warn(`${error.message}\n\n${usage}`);
    else if (error instanceof StartupError || isFileError(error)) shell.warn(error.message);
    else throw error;
    return exitCodes.usage;
  }
}
