import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import type { Iterator as LazyIterator } from 'mingo/lazy';
import { Lazy } from 'mingo/lazy';
import * as pipelineOperators from 'mingo/operators/pipeline';
import * as windowOperators from 'mingo/operators/window';
import type { Options, PipelineOperator } from 'mingo/types';
import type { Document } from './bson-decode.ts';
import { CommandError } from './errors.ts';
import { expressionOptions, type Variables } from './expressions.ts';
import { compileFilter } from './matcher.ts';
import { parseSort, sortItems } from './sort.ts';

/** Gives the documents of another collection, for `$lookup`, `$unionWith` and `$graphLookup`. */
export type CollectionReader = (name: string) => Document[];

/** Stages where mingo compares otherwise than MongoDB. */
const OWN_STAGES = {
  $match(documents: LazyIterator, filter: Document, options: Options) {
    const compiled = compileFilter(filter, options.variables);
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
};

const STAGES = Object.assign({}, pipelineOperators, OWN_STAGES) as unknown as Record<`$${string}`, PipelineOperator>;

/** Runs the stages of a pipeline over documents. Throws `CommandError` for whatever mingo refuses. */
export function runStages(
  documents: Iterable<Document>,
  pipeline: readonly Document[],
  variables: Variables,
  read?: CollectionReader,
): Document[] {
  const base = expressionOptions(variables);
  const stages = Context.init({ pipeline: STAGES, window: windowOperators });
  const options: Options = {
    ...base,
    context: Context.from(base.context, stages),
    ...(read === undefined ? {} : { collectionResolver: read }),
  };
  try {
    return new Aggregator([...pipeline], options).run([...documents]) as Document[];
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('BadValue', error instanceof Error ? error.message : String(error));
  }
}
