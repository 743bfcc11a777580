import { existsSync } from 'node:fs';
import { type Command, createShell, runCommand } from './commands/command.ts';

function readSettings(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

/** Lets this process be a command: with its arguments, streams and settings, those in `.env` included, and its exit code. */
export async function runAsProcess(command: Command): Promise<void> {
  const { argv, stdin, stdout, stderr } = process;
  process.exitCode = await runCommand(
    command,
    createShell({ args: argv.slice(2), settings: readSettings, stdin, stdout, stderr }),
  );
}
