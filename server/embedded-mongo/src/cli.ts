#!/usr/bin/env node
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { EmbeddedMongoError, startEmbeddedMongo } from './server.ts';

const defaultPort = 27017;

function print(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`${line}\n`);
}

/** Serves the data folder alone, until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string' } } });
  const port = values.port === undefined ? defaultPort : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new EmbeddedMongoError('--port takes a number from 0 to 65535.');
  const dataDir = join(process.env.DATA_DIR ?? '.data', 'mongo');
  const server = await startEmbeddedMongo({ dataDir, port, onError: (error) => print(process.stderr, String(error)) });
  print(process.stdout, `Embedded MongoDB serves ${dataDir} at ${server.uri}`);
  const stop = () => void server.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  print(process.stderr, error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
