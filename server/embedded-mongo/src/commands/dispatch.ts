import { withDeadline } from '../engine/deadline.ts';
import { CommandError } from '../errors.ts';
import { LibraryNeeded, loadLibrary } from '../language/library.ts';
import type { Document } from '../values/bson.ts';
import { isNumber, type NumberValue, toDouble } from '../values/numbers.ts';
import { isDocument, typeName } from '../values/values.ts';
import { aggregateCommands } from './aggregate.ts';
import { bulkWriteCommands } from './bulk-write.ts';
import { collectionCommands } from './collection-commands.ts';
import type { Call, Command, ServerState } from './command.ts';
import { explainCommands } from './explain.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { indexCommands } from './index-commands.ts';
import { queryCommands } from './query-commands.ts';
import { errorReply, type Reply, type Request } from './request.ts';
import { serverCommands } from './server-commands.ts';
import { writeCommands } from './write-commands.ts';

const definitions = Object.entries({
  ...serverCommands,
  ...queryCommands,
  ...writeCommands,
  ...bulkWriteCommands,
  ...findAndModifyCommands,
  ...aggregateCommands,
  ...indexCommands,
  ...collectionCommands,
  ...explainCommands,
});
const commandsByName: ReadonlyMap<string, Command> = new Map(definitions);

/** Fields that every command takes. */
const commonFields = [
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'comment',
  'maxTimeMS',
  'readConcern',
  'writeConcern',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'readPreference',
  'help',
  '$query',
];

const readConcerns = ['local', 'available', 'majority'];

const fieldsByName: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  definitions.map(([name, { fields }]) => [name, new Set([...fields, ...commonFields])]),
);

function checkFields(name: string, command: Document, sequences: Request['sequences']): void {
  const known = fieldsByName.get(name);
  const check = (field: string) => {
    if (known?.has(field)) return;
    throw new CommandError('IDLUnknownField', `BSON field '${name}.${field}' is an unknown field.`);
  };
  for (const field of Object.keys(command)) if (field !== name) check(field);
  for (const field of sequences.keys()) check(field);
}

function checkWriteConcern(w: unknown): void {
  if (isNumber(w) && toDouble(w) > 1)
    throw new CommandError('BadValue', "cannot use 'w' > 1 when a host is not replicated");
  if (typeof w === 'string' && w !== 'majority') {
    throw new CommandError(
      'BadValue',
      `cannot use non-majority 'w' mode ${w} when a host is not a member of a replica set`,
    );
  }
}

function checkCommonFields(command: Document): void {
  if (command.txnNumber !== undefined || command.startTransaction !== undefined || command.autocommit !== undefined) {
    throw new CommandError(
      'IllegalOperation',
      'Transaction numbers are only allowed on a replica set member or mongos',
    );
  }
  const { readConcern, writeConcern, maxTimeMS } = command;
  const level = isDocument(readConcern) ? readConcern.level : undefined;
  if (level !== undefined && !readConcerns.includes(String(level))) {
    throw new CommandError('InvalidOptions', `readConcern level '${String(level)}' is not supported by this server`);
  }
  if (isDocument(writeConcern)) checkWriteConcern(writeConcern.w);
  if (maxTimeMS === undefined) return;
  if (!isNumber(maxTimeMS)) {
    throw new CommandError('TypeMismatch', `BSON field 'maxTimeMS' is the wrong type '${typeName(maxTimeMS)}'`);
  }
  if (!(toDouble(maxTimeMS) >= 0)) {
    throw new CommandError('BadValue', `maxTimeMS must be a number that is not negative`);
  }
}

function run(state: ServerState, connectionId: number, request: Request): Reply | Promise<Reply> {
  const { command, sequences } = request;
  const name = Object.keys(command)[0] ?? '';
  const definition = commandsByName.get(name);
  if (definition === undefined) throw new CommandError('CommandNotFound', `no such command: '${name}'`);
  const database = command.$db;
  if (typeof database !== 'string' || database === '') {
    throw new CommandError('InvalidNamespace', "a command needs the name of a database in '$db'");
  }
  checkFields(name, command, sequences);
  checkCommonFields(command);
  const call: Call = { state, connectionId, name, database, command, sequences };
  if (name === 'aggregate' && command.explain === true) {
    const { explain: _, $db, ...inner } = command;
    return run(state, connectionId, { ...request, command: { explain: inner, verbosity: 'queryPlanner', $db } });
  }
  const isWrite = typeof definition.isWrite === 'function' ? definition.isWrite(command) : definition.isWrite;
  const work = () => withDeadline(toDouble((command.maxTimeMS ?? 0) as NumberValue), () => definition.run(call));
  return isWrite ? state.catalog.storage.write(work) : work();
}

/** The reply to a command that failed. */
function replyTo(error: unknown, onError: (error: unknown) => void): Reply {
  if (error instanceof CommandError) return errorReply(error);
  onError(error);
  if (error instanceof RangeError) return errorReply(new CommandError('Overflow', 'the command nests too deep'));
  return errorReply(new CommandError('InternalError', error instanceof Error ? error.message : String(error)));
}

/**
 * Runs one command: a read at once, so that its reply is there without waiting, a write until its transaction is on disk.
 * Every failure becomes an error reply.
 */
export function dispatch(
  state: ServerState,
  connectionId: number,
  request: Request,
  onError: (error: unknown) => void,
): Reply | Promise<Reply> {
  const recover = (error: unknown): Reply | Promise<Reply> => {
    if (!(error instanceof LibraryNeeded)) return replyTo(error, onError);
    // What the command has done is undone by then: nothing but a `CommandError` leaves a transaction standing.
    return loadLibrary().then(() => dispatch(state, connectionId, request, onError));
  };
  try {
    const reply = run(state, connectionId, request);
    return reply instanceof Promise ? reply.catch(recover) : reply;
  } catch (error) {
    return recover(error);
  }
}
