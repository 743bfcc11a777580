import { serialize } from 'bson';
import { countMatches, type PlannedQuery, prepareQuery, type QueryRequest } from '../engine/query.ts';
import { CommandError } from '../errors.ts';
import { type CollectionReader, checkOperand, runStages, stageCount } from '../language/aggregation.ts';
import { compileFilter } from '../language/matcher.ts';
import { parseSort } from '../language/sort.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { toInteger } from '../values/numbers.ts';
import { isDocument } from '../values/values.ts';
import {
  type Call,
  type Command,
  type Commands,
  checkCollation,
  documentField,
  hintField,
  integerField,
  letField,
  namespaceOf,
  wrongType,
} from './command.ts';
import { writeStage } from './output-stages.ts';
import type { Reply } from './request.ts';
import { databaseStages, sourceDocuments } from './source-stages.ts';

const writingStages = ['$out', '$merge'];

function cursorReply(call: Call, namespace: string, results: Iterable<Buffer>, batchSize: number | undefined): Reply {
  const batch = call.state.cursors.open(namespace, results, { batchSize });
  return { cursor: { name: 'firstBatch', namespace, ...batch }, fields: { ok: 1 } };
}

function stageName(stage: unknown): string {
  return isDocument(stage) ? (Object.keys(stage)[0] ?? '') : '';
}

/** The stages of a pipeline and the namespace that it reads. Throws for a stage that is not one, or not in its place. */
function parsePipeline(call: Call): { namespace: string; stages: Document[] } {
  const { pipeline } = call.command;
  if (!Array.isArray(pipeline)) throw wrongType(call, 'pipeline', pipeline, 'array');
  const stages = pipeline.map((stage) => {
    if (!isDocument(stage))
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    if (Object.keys(stage).length !== 1) {
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    checkOperand(stageName(stage), Object.values(stage)[0]);
    return stage;
  });
  if (stages.some((stage) => stageName(stage) === '$changeStream')) {
    throw new CommandError(40573, 'The $changeStream stage is only supported on replica sets');
  }
  stages.forEach((stage, i) => {
    if (writingStages.includes(stageName(stage)) && i !== stages.length - 1) {
      throw new CommandError(40601, `${stageName(stage)} can only be the final stage in the pipeline`);
    }
  });
  const isDatabaseWide = toInteger(call.command[call.name]) === 1;
  if (isDatabaseWide && !databaseStages.includes(stageName(stages[0]))) {
    throw new CommandError(
      'InvalidNamespace',
      `{aggregate: 1} is not valid for '${stageName(stages[0])}'; a collection is required.`,
    );
  }
  return { namespace: isDatabaseWide ? `${call.database}.$cmd.aggregate` : namespaceOf(call), stages };
}

/** The part of a pipeline that the planner takes over, and the stages that remain. */
function splitPipeline(stages: readonly Document[], variables: Document): { request: QueryRequest; rest: Document[] } {
  const filters: unknown[] = [];
  let at = 0;
  for (; stageName(stages[at]) === '$match'; at++) filters.push(stages[at]?.$match);
  const first = filters[0];
  const filter = compileFilter(filters.length === 1 ? first : filters.length === 0 ? {} : { $and: filters }, variables);
  const request: QueryRequest = { filter };
  if (stageName(stages[at]) === '$sort') request.sort = parseSort(stages[at++]?.$sort);
  if (stageName(stages[at]) === '$skip') request.skip = stageCount('$skip', stages[at++]?.$skip);
  if (stageName(stages[at]) === '$limit') request.limit = stageCount('$limit', stages[at++]?.$limit);
  return { request, rest: stages.slice(at) };
}

/** Plans the leading stages over a collection, if there is one. */
export function planPipeline(
  call: Call,
  namespace: string,
  stages: Document[],
  variables: Document,
): { query: PlannedQuery | undefined; rest: Document[] } {
  const { request, rest } = splitPipeline(stages, variables);
  const collection = call.state.catalog.find(namespace);
  const hint = hintField(call.command.hint);
  return { query: collection && prepareQuery(collection, { ...request, hint }), rest };
}

/** What countDocuments sends: one group with a constant key that adds up ones. No document has to be read for it. */
function countingGroup(stage: Document | undefined): { fields: Document; field: string } | undefined {
  const group = stage?.$group;
  if (!isDocument(group)) return undefined;
  const [field, extra] = Object.keys(group).filter((name) => name !== '_id');
  const sum = field === undefined ? undefined : group[field];
  const isConstant = typeof group._id === 'number' || group._id === null;
  if (field === undefined || extra !== undefined || !isConstant || !isDocument(sum)) return undefined;
  return Object.keys(sum).length === 1 && sum.$sum === 1 ? { fields: { _id: group._id }, field } : undefined;
}

function reader(call: Call): CollectionReader {
  return (name) => {
    const collection = call.state.catalog.find(`${call.database}.${name}`);
    return collection === undefined ? [] : [...collection.documents()].map(({ bytes }) => decodeDocument(bytes));
  };
}

function* documentsOf(candidates: Iterable<{ document: Document }>): Generator<Document> {
  for (const { document } of candidates) yield document;
}

function* bytesOf(candidates: Iterable<{ bytes: Buffer }>): Generator<Buffer> {
  for (const { bytes } of candidates) yield bytes;
}

function* encode(documents: Iterable<Document>): Generator<Buffer> {
  for (const document of documents) yield Buffer.from(serialize(document, { ignoreUndefined: true }));
}

function runPipeline(call: Call, namespace: string, stages: Document[]): Iterable<Buffer> {
  const variables = letField(call);
  const made = sourceDocuments(call, namespace, stages[0]);
  if (made !== undefined) return encode(runStages(made, stages.slice(1), variables, reader(call)));
  const { query, rest } = planPipeline(call, namespace, stages, variables);
  const counted = countingGroup(rest[0]);
  if (counted !== undefined) {
    const n = query === undefined ? 0 : countMatches(query.collection, query.request);
    return encode(
      runStages(n === 0 ? [] : [{ ...counted.fields, [counted.field]: n }], rest.slice(1), variables, reader(call)),
    );
  }
  const candidates = query?.run() ?? [];
  if (rest.length === 0) return bytesOf(candidates);
  return encode(runStages(documentsOf(candidates), rest, variables, reader(call)));
}

const aggregate: Command = {
  isWrite: ({ pipeline }) =>
    Array.isArray(pipeline) && pipeline.some((stage) => writingStages.includes(stageName(stage))),
  fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'let', 'hint', 'collation', 'bypassDocumentValidation'],
  run(call) {
    checkCollation(call.command.collation);
    const cursor = documentField(call, 'cursor');
    if (cursor === undefined) {
      throw new CommandError(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    }
    const { namespace, stages } = parsePipeline(call);
    const batchSize = integerField({ ...call, command: cursor }, 'batchSize');
    const last = stages.at(-1);
    const output = last !== undefined && writingStages.includes(stageName(last)) ? last : undefined;
    const results = runPipeline(call, namespace, output === undefined ? stages : stages.slice(0, -1));
    if (output !== undefined) {
      writeStage(call, output, [...results].map(decodeDocument));
      return cursorReply(call, namespace, [], batchSize);
    }
    return cursorReply(call, namespace, results, batchSize);
  },
};

export const aggregateCommands: Commands = { aggregate };
