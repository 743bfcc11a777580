import { Aggregator } from 'mingo/aggregator';
import { Context, evalExpr } from 'mingo/core';
import type { Iterator as LazyIterator } from 'mingo/lazy';
import { Lazy } from 'mingo/lazy';
import * as pipelineOperators from 'mingo/operators/pipeline';
import * as windowOperators from 'mingo/operators/window';
import type { Options, PipelineOperator } from 'mingo/types';
import type { Document } from './bson-decode.ts';
import { CommandError } from './errors.ts';
import { checkExpression, expressionContext, expressionOptions, translated, type Variables } from './expressions.ts';
import { KeyWriter } from './key-encoding.ts';
import { compileFilter } from './matcher.ts';
import { compileProjection } from './projection.ts';
import { parseSort, sortItems } from './sort.ts';
import { isDocument } from './values.ts';

/** Gives the documents of another collection, for `$lookup`, `$unionWith` and `$graphLookup`. */
export type CollectionReader = (name: string) => Document[];

/** Stages where mingo compares, groups or shapes otherwise than MongoDB. */
const OWN_STAGES = {
  $match(documents: LazyIterator, filter: Document, options: Options) {
    const compiled = compileFilter(filter, { ...options.variables, ...localVariables(options) });
    return documents.filter((document) => compiled.matches(document));
  },
  $sort(documents: LazyIterator, spec: Document) {
    const keys = parseSort(spec);
    return documents.transform((items) =>
      Lazy(
        sortItems(
          items as Document[],
          keys,
          (item) => item,
          () => 0,
        ),
      ),
    );
  },
  $project(documents: LazyIterator, spec: Document, options: Options) {
    if (!isDocument(spec) || Object.keys(spec).length === 0) {
      throw new CommandError(
        51272,
        'Invalid $project :: caused by :: projection specification must have at least one field',
      );
    }
    const project = compileProjection(spec, { ...options.variables, ...localVariables(options) });
    return project === undefined ? documents : documents.map((document) => project(document as Document));
  },
  $group(documents: LazyIterator, spec: Document, options: Options) {
    return documents.transform((items) => Lazy(group(items as Document[], spec, options)));
  },
};

const STAGES = Object.assign({}, pipelineOperators, OWN_STAGES) as unknown as Record<`$${string}`, PipelineOperator>;
/** These write, and are for the command to do. */
const WRITING_STAGES = ['$out', '$merge'];

/** Runs the stages of a pipeline over documents. Throws `CommandError` for whatever mingo refuses. */
export function runStages(
  documents: Iterable<Document>,
  pipeline: readonly Document[],
  variables: Variables,
  read?: CollectionReader,
): Document[] {
  checkStages(pipeline);
  const stages = Context.init({ pipeline: STAGES, window: windowOperators });
  const options: Options = {
    ...expressionOptions(variables),
    context: Context.from(expressionContext, stages),
    ...(read === undefined ? {} : { collectionResolver: read }),
  };
  return translated(() => new Aggregator([...pipeline], options).run([...documents]) as Document[]);
}

/** Refuses stages that do not exist, before any document is read. Throws code 40324. */
function checkStages(pipeline: readonly Document[]): void {
  for (const stage of pipeline) {
    const name = isDocument(stage) ? (Object.keys(stage)[0] ?? '') : '';
    if (!Object.hasOwn(STAGES, name) || WRITING_STAGES.includes(name)) {
      throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
    }
    if (['$addFields', '$set', '$group', '$replaceRoot', '$replaceWith'].includes(name)) checkExpression(stage[name]);
  }
}

function localVariables(options: Options): Document {
  const { local } = options as Options & { local?: { variables?: Document } };
  return local?.variables ?? {};
}

function group(documents: Document[], spec: Document, options: Options): Document[] {
  if (!isDocument(spec) || !Object.hasOwn(spec, '_id'))
    throw new CommandError(15955, 'a group specification must include an _id');
  const groups = new Map<string, { id: unknown; documents: Document[] }>();
  for (const document of documents) {
    const id = evalExpr(document, spec._id, expressionOptionsOf(options));
    const key = new KeyWriter().append(id).raw().toString('latin1');
    const found = groups.get(key);
    if (found === undefined) groups.set(key, { id, documents: [document] });
    else found.documents.push(document);
  }
  const fields = Object.entries(spec).filter(([name]) => name !== '_id');
  return [...groups.values()].map(({ id, documents: members }) => {
    const result: Document = { _id: id ?? null };
    for (const [name, accumulator] of fields) result[name] = accumulate(name, accumulator, members, options);
    return result;
  });
}

function accumulate(name: string, accumulator: unknown, documents: Document[], options: Options): unknown {
  const operator = isDocument(accumulator) ? Object.keys(accumulator) : [];
  if (operator.length !== 1 || !operator[0]?.startsWith('$')) {
    throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  }
  return evalExpr(documents, accumulator, expressionOptionsOf(options));
}

/** Fresh settings, since mingo keeps the root document of the last evaluation in them. */
function expressionOptionsOf(options: Options): Options {
  return { ...expressionOptions({ ...options.variables, ...localVariables(options) }), context: options.context };
}
