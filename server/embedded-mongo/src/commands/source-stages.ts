import type { Collection } from '../engine/collection.ts';
import { CommandError } from '../errors.ts';
import { runStages } from '../language/aggregation.ts';
import type { Document } from '../values/bson.ts';
import { isDocument, typeName } from '../values/values.ts';
import { collectionStats } from './collection-commands.ts';
import { type Call, checkKnownFields, letField } from './command.ts';

type Source = (call: Call, namespace: string, operand: unknown) => Document[];

/** First stages that need no collection. */
export const databaseStages = ['$documents', '$currentOp', '$listLocalSessions'];

function existing({ state }: Call, namespace: string): Collection {
  const collection = state.catalog.find(namespace);
  if (collection === undefined) throw new CommandError('NamespaceNotFound', `Collection [${namespace}] not found.`);
  return collection;
}

const sourceStages: Record<string, Source> = {
  $documents: (call, _namespace, operand) => runStages([], [{ $documents: operand }], letField(call)),
  $currentOp: ({ command, connectionId }, namespace) => [
    { type: 'op', active: true, connectionId, op: 'command', ns: namespace, command },
  ],
  $listLocalSessions: ({ command, state }) => [
    { _id: isDocument(command.lsid) ? command.lsid : {}, lastUse: new Date(state.now()) },
  ],
  $indexStats: (call, namespace) =>
    existing(call, namespace).indexes.map(({ name, keyPattern, spec }) => ({
      name,
      key: keyPattern,
      host: 'localhost',
      accesses: { ops: 0n, since: new Date(call.state.startedAt) },
      spec,
    })),
  $collStats(call, namespace, operand) {
    const collection = existing(call, namespace);
    if (!isDocument(operand)) {
      throw new CommandError(5447000, `$collStats must take a nested object but found: ${typeName(operand)}`);
    }
    checkKnownFields(operand, '$collStats', ['latencyStats', 'storageStats', 'count', 'queryExecStats']);
    const result: Document = { ns: namespace, host: 'localhost', localTime: new Date(call.state.now()) };
    if (operand.count !== undefined) result.count = collection.count;
    if (operand.storageStats !== undefined) result.storageStats = collectionStats(collection, 1);
    return [result];
  },
};

/** What a first stage gives that does not read documents of a collection; undefined for any other stage. */
export function sourceDocuments(call: Call, namespace: string, stage: Document | undefined): Document[] | undefined {
  const name = Object.keys(stage ?? {})[0] ?? '';
  return Object.hasOwn(sourceStages, name) ? sourceStages[name]?.(call, namespace, stage?.[name]) : undefined;
}
