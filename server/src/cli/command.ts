import { existsSync } from 'node:fs';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { createAudit } from '../domain/audit/audit.ts';
import { createKeys } from '../domain/tokens/keys.ts';
import { StartupError } from '../errors.ts';
import { createLogger } from '../infra/logger.ts';
import { loadSecretsFile } from '../infra/secrets-file.ts';
import { createSystem } from '../infra/system.ts';

/** What a command answers to the shell. */
export const exitCodes = { done: 0, refused: 1, usage: 2 } as const;

/** The command was called in a way that it does not understand. */
export class UsageError extends Error {}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
export const warn = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Opens the database of the settings, that of a running server included, for as long as `act` takes.
 */
export async function withDatabase<Result>(
  act: (
    tools: Awaited<ReturnType<typeof openDatabase>> & {
      config: ReturnType<typeof loadConfig>;
      system: ReturnType<typeof createSystem>;
      keys: ReturnType<typeof createKeys>;
      audit: ReturnType<typeof createAudit>;
    },
  ) => Promise<Result>,
): Promise<Result> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  const system = createSystem();
  const secrets = config.authSecrets ?? (await loadSecretsFile(config.dataDir, system));
  const logger = createLogger('error');
  const keys = createKeys(secrets);
  const database = await openDatabase(config, { system, logger, join: true });
  const audit = createAudit({ stores: database.stores, keys, system, logger, rules: config });
  try {
    return await act({ ...database, config, system, keys, audit });
  } finally {
    await audit.seal();
    await database.close();
  }
}

/** Stands for the person at the terminal in the record of what happened. */
export const terminal = (command: string) => ({ ip: 'terminal', userAgent: command });

/** Runs a command. What goes wrong is one line, and the exit code says what kind it is. */
export async function runCommand(usage: string, command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    process.exitCode = exitCodes.usage;
    if (error instanceof UsageError || isParseError(error)) warn(`${error.message}\n\n${usage}`);
    else if (error instanceof StartupError || isFileError(error)) warn(error.message);
    else throw error;
  }
}

const hasCode = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string';
const isParseError = (error: unknown): error is Error => hasCode(error) && error.code.startsWith('ERR_PARSE_ARGS');
const isFileError = (error: unknown): error is Error =>
  hasCode(error) && ['ENOENT', 'EACCES', 'EISDIR', 'EEXIST', 'ENOSPC', 'EROFS'].includes(error.code);
