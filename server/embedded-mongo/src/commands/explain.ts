import { type PlannedQuery, prepareQuery, type QueryRequest } from '../engine/query.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import { parseSort } from '../language/sort.ts';
import type { Document } from '../values/bson.ts';
import { isDocument, isTruthy } from '../values/values.ts';
import { planPipeline } from './aggregate.ts';
import {
  type Call,
  type Commands,
  documentField,
  documentsField,
  hintField,
  letField,
  namespaceOf,
} from './command.ts';
import { parseFind } from './query-commands.ts';
import { mongoVersion } from './server-commands.ts';

const verbosities = ['queryPlanner', 'executionStats', 'allPlansExecution'];

function run(query: PlannedQuery | undefined, winningPlan: Document): Document {
  const start = performance.now();
  let nReturned = 0;
  if (query !== undefined) for (const _ of query.run()) nReturned++;
  return {
    executionSuccess: true,
    nReturned,
    executionTimeMillis: Math.round(performance.now() - start),
    totalKeysExamined: query?.counts.keys ?? 0,
    totalDocsExamined: query?.counts.documents ?? 0,
    executionStages: { ...winningPlan, nReturned },
  };
}

function stagesOf({ plan, needsSort, request }: PlannedQuery, filter: Document): Document {
  let stage: Document = plan.isExact || Object.keys(filter).length === 0 ? plan.explain : { ...plan.explain, filter };
  if (needsSort) {
    const sortPattern = Object.fromEntries((request.sort ?? []).map((key) => [key.text, key.descending ? -1 : 1]));
    stage = { stage: 'SORT', sortPattern, type: 'simple', inputStage: stage };
  }
  if (request.skip) stage = { stage: 'SKIP', skipAmount: request.skip, inputStage: stage };
  if (request.limit) stage = { stage: 'LIMIT', limitAmount: request.limit, inputStage: stage };
  return stage;
}

function plannedOf(call: Call, namespace: string): { query: PlannedQuery | undefined; filter: Document } {
  const collection = call.state.catalog.find(namespace);
  const plan = (request: QueryRequest) => collection && prepareQuery(collection, request);
  const variables = letField(call);
  switch (call.name) {
    case 'find':
      return { query: plan(parseFind(call).request), filter: documentField(call, 'filter') ?? {} };
    case 'count':
    case 'distinct': {
      const filter = documentField(call, 'query') ?? {};
      return { query: plan({ filter: compileFilter(filter), hint: hintField(call.command.hint) }), filter };
    }
    case 'findAndModify': {
      const filter = documentField(call, 'query') ?? {};
      const sort = parseSort(documentField(call, 'sort') ?? {});
      return {
        query: plan({
          filter: compileFilter(filter, variables),
          sort,
          hint: hintField(call.command.hint),
          limit: 1,
        }),
        filter,
      };
    }
    case 'update':
    case 'delete': {
      const [statement = {}] = documentsField(call, call.name === 'update' ? 'updates' : 'deletes') as Document[];
      const filter = isDocument(statement.q) ? statement.q : {};
      const isSingle = call.name === 'update' ? !isTruthy(statement.multi) : isTruthy(statement.limit);
      const request = {
        filter: compileFilter(filter, variables),
        hint: hintField(statement.hint),
        limit: isSingle ? 1 : 0,
      };
      return { query: plan(request), filter };
    }
    case 'aggregate': {
      const pipeline = (call.command.pipeline ?? []) as Document[];
      const { query } = planPipeline(call, namespace, pipeline, variables);
      return { query, filter: isDocument(pipeline[0]?.$match) ? pipeline[0].$match : {} };
    }
    default:
      throw new CommandError('CommandNotFound', `Explain failed due to unknown command: ${call.name}`);
  }
}

function explainCommand(call: Call, runs: boolean): Document {
  const namespace = namespaceOf(call);
  const { query, filter } = plannedOf(call, namespace);
  const winningPlan = query === undefined ? { stage: 'EOF' } : stagesOf(query, filter);
  const result: Document = {
    explainVersion: '1',
    queryPlanner: { namespace, parsedQuery: filter, indexFilterSet: false, winningPlan, rejectedPlans: [] },
    command: call.command,
    serverInfo: { host: 'localhost', version: mongoVersion },
  };
  if (runs) result.executionStats = run(query, winningPlan);
  return { ...result, ok: 1 };
}

/** explain: how a command would find its documents. Nothing is written, whatever the command. */
export const explainCommands: Commands = {
  explain: {
    isWrite: false,
    fields: ['verbosity'],
    run(call) {
      const inner = call.command.explain;
      if (!isDocument(inner)) throw new CommandError('TypeMismatch', 'explain needs a command as an object');
      const verbosity = call.command.verbosity ?? 'allPlansExecution';
      if (!verbosities.includes(String(verbosity))) {
        throw new CommandError('FailedToParse', `verbosity string must be one of {${verbosities.join(', ')}}`);
      }
      const name = Object.keys(inner)[0] ?? '';
      return { fields: explainCommand({ ...call, name, command: inner }, verbosity !== 'queryPlanner') };
    },
  },
};
