import type { Iterator as LazyIterator } from 'mingo/lazy';
import type { Options, PipelineOperator } from 'mingo/types';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { toInteger } from '../values/numbers.ts';
import { isDocument, typeName } from '../values/values.ts';
import {
  checkExpression,
  compileExpression,
  expressionContext,
  expressionOptions,
  isExpression,
  refuseScripts,
  translated,
  type Variables,
} from './expressions.ts';
import { evalExpr, library, whenLoaded } from './library.ts';
import { compileLookup } from './lookup.ts';
import { compileFilter } from './matcher.ts';
import { compileProjection, setComputed } from './projection.ts';
import { parseSort, sortItems } from './sort.ts';

/** Gives the documents of another collection, for `$lookup`, `$unionWith` and `$graphLookup`. */
export type CollectionReader = (name: string) => Document[];

/** These write, and are for the command to do. */
const writingStages = ['$out', '$merge'];
/** mingo's reckon with JavaScript's numbers alone. */
const missingStages = ['$setWindowFields', '$fill', '$densify'];

/** The paths that a specification sets: a document without operators is about the fields in it. */
function computedFields(spec: Document, prefix: string[]): [string[], unknown][] {
  return Object.entries(spec).flatMap(([text, value]): [string[], unknown][] => {
    const path = [...prefix, ...text.split('.')];
    const first = isDocument(value) ? Object.keys(value)[0] : '$';
    return first === undefined || first.startsWith('$') ? [[path, value]] : computedFields(value as Document, path);
  });
}

function localVariables(options: Options): Document {
  const { local } = options as Options & { local?: { variables?: Document } };
  return local?.variables ?? {};
}

/** Sets fields that are computed from each document; one that comes out missing is removed. */
function addFields(documents: LazyIterator, spec: Document, options: Options): LazyIterator {
  if (!isDocument(spec) || Object.keys(spec).length === 0) {
    throw new CommandError(40177, 'Invalid $addFields :: caused by :: specification must have at least one field');
  }
  const variables = { ...options.variables, ...localVariables(options) };
  const fields = computedFields(spec, []).map(([path, value]) => ({
    path,
    compute: compileExpression(value, variables),
  }));
  return documents.map((document) => {
    const result: Document = { ...(document as Document) };
    for (const { path, compute } of fields) setComputed(result, path, compute(document as Document));
    return result;
  });
}

/** The number that a `$limit` or `$skip` has. Throws 5107201, 5107200 or 15958. */
export function stageCount(name: '$limit' | '$skip', operand: unknown): number {
  const value = toInteger(operand);
  if (value === undefined || value < 0) {
    throw new CommandError(
      name === '$limit' ? 5107201 : 5107200,
      `invalid argument to ${name} stage: Expected a non-negative number in: ${name}: ${typeName(operand)}`,
    );
  }
  if (value === 0 && name === '$limit') throw new CommandError(15958, 'the limit must be positive');
  return value;
}

/** Refuses what a stage cannot be given, though there be no document. */
export function checkOperand(name: string, operand: unknown): void {
  if (name === '$limit' || name === '$skip') stageCount(name, operand);
  if (name === '$match' && !isDocument(operand)) {
    throw new CommandError(15959, 'the match filter must be an expression in an object');
  }
  if (name === '$sort' && isDocument(operand) && Object.keys(operand).length === 0) {
    throw new CommandError(15976, '$sort stage must have at least one sort key');
  }
  if (name === '$group' && isDocument(operand)) {
    for (const [field, accumulator] of Object.entries(operand)) {
      const operator = isDocument(accumulator) ? (Object.keys(accumulator)[0] ?? '') : '';
      if (field !== '_id' && operator.startsWith('$') && !isExpression(operator)) {
        throw new CommandError(15952, `unknown group operator '${operator}'`);
      }
    }
  }
  if (name === '$unwind') {
    const path = isDocument(operand) ? operand.path : operand;
    if (typeof path !== 'string' || !path.startsWith('$')) {
      throw new CommandError(28818, "path option to $unwind stage should be prefixed with a '$'");
    }
  }
}

/** Refuses stages that do not exist, before any document is read. Throws code 40324. */
function checkStages(pipeline: readonly Document[]): void {
  for (const stage of pipeline) {
    const name = isDocument(stage) ? (Object.keys(stage)[0] ?? '') : '';
    if (!Object.hasOwn(stages(), name) || writingStages.includes(name)) {
      throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
    }
    if (missingStages.includes(name)) {
      throw new CommandError('NotImplemented', `the stage ${name} is not supported by this server`);
    }
    refuseScripts(stage);
    checkOperand(name, stage[name]);
    if (['$addFields', '$set', '$group', '$replaceRoot', '$replaceWith'].includes(name)) checkExpression(stage[name]);
  }
}

/** Runs the stages of a pipeline over documents. Throws `CommandError` for whatever mingo refuses. */
export function runStages(
  documents: Iterable<Document>,
  pipeline: readonly Document[],
  variables: Variables,
  read?: CollectionReader,
): Document[] {
  checkStages(pipeline);
  const { Aggregator, Context } = library();
  const options: Options = {
    ...expressionOptions(variables),
    context: Context.from(expressionContext(), Context.init({ pipeline: stages() })),
    ...(read === undefined ? {} : { collectionResolver: read }),
  };
  return translated(() => new Aggregator([...pipeline], options).run([...documents]) as Document[]);
}

/** Fresh settings, since mingo keeps the root document of the last evaluation in them. */
function expressionOptionsOf(options: Options): Options {
  return { ...expressionOptions({ ...options.variables, ...localVariables(options) }), context: options.context };
}

function accumulate(name: string, accumulator: unknown, documents: Document[], options: Options): unknown {
  const operator = isDocument(accumulator) ? Object.keys(accumulator) : [];
  if (operator.length !== 1 || !operator[0]?.startsWith('$')) {
    throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  }
  return evalExpr(documents, accumulator, expressionOptionsOf(options));
}

function group(documents: Document[], spec: Document, options: Options): Document[] {
  if (!isDocument(spec) || !Object.hasOwn(spec, '_id'))
    throw new CommandError(15955, 'a group specification must include an _id');
  const groups = new Map<string, { id: unknown; documents: Document[] }>();
  for (const document of documents) {
    const id = evalExpr(document, spec._id, expressionOptionsOf(options)) ?? null;
    const key = new KeyWriter().append(id).raw().toString('latin1');
    const found = groups.get(key);
    if (found === undefined) groups.set(key, { id, documents: [document] });
    else found.documents.push(document);
  }
  const fields = Object.entries(spec).filter(([name]) => name !== '_id');
  return [...groups.values()].map(({ id, documents: members }) => {
    const result: Document = { _id: id };
    for (const [name, accumulator] of fields) result[name] = accumulate(name, accumulator, members, options);
    return result;
  });
}

/** Stages where mingo compares, groups or shapes otherwise than MongoDB. */
const ownStages = {
  $match(documents: LazyIterator, filter: Document, options: Options) {
    const compiled = compileFilter(filter, { ...options.variables, ...localVariables(options) });
    return documents.filter((document) => compiled.matches(document));
  },
  $sort(documents: LazyIterator, spec: Document) {
    const keys = parseSort(spec);
    return documents.transform((items) =>
      library().Lazy(
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
  $addFields: addFields,
  $set: addFields,
  $unset(documents: LazyIterator, spec: unknown) {
    const paths = Array.isArray(spec) ? spec : [spec];
    if (paths.length === 0 || !paths.every((path) => typeof path === 'string')) {
      throw new CommandError(31002, '$unset specification must be a string or an array with at least one string');
    }
    const project = compileProjection(Object.fromEntries(paths.map((path) => [path, 0])));
    return documents.map((document) => project?.(document as Document));
  },
  $bucket(documents: LazyIterator, spec: Document, options: Options) {
    const buckets = library().stages.$bucket(documents, spec as never, options);
    return buckets.map((bucket) => ({ _id: undefined, ...(bucket as Document) }));
  },
  $bucketAuto(documents: LazyIterator, spec: Document, options: Options) {
    const buckets = library().stages.$bucketAuto(documents, spec as never, options);
    return buckets.map((bucket) => ({ _id: undefined, ...(bucket as Document) }));
  },
  $lookup(documents: LazyIterator, spec: Document, options: Options) {
    const read = options.collectionResolver as CollectionReader;
    const lookup = compileLookup(spec, {
      variables: { ...options.variables, ...localVariables(options) },
      read,
      run: (found, pipeline, variables) => runStages(found, pipeline, variables, read),
    });
    return documents.map((document) => lookup(document as Document));
  },
  $group(documents: LazyIterator, spec: Document, options: Options) {
    return documents.transform((items) => library().Lazy(group(items as Document[], spec, options)));
  },
};

const stages = whenLoaded(
  (library) => Object.assign({}, library.stages, ownStages) as unknown as Record<`$${string}`, PipelineOperator>,
);

/** Whether there is a stage of this name. */
export function isStage(name: string): boolean {
  return Object.hasOwn(stages(), name);
}
