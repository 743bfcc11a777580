import { Context, evalExpr, ProcessingMode } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import type { Options } from 'mingo/types';
import type { Document } from './bson-decode.ts';
import { CommandError } from './errors.ts';

/** Values that `let` gives names to. */
export type Variables = Readonly<Document>;

/** mingo's settings for an expression; scripts in data (`$function`, `$where`) are never run. */
export function expressionOptions(variables: Variables): Options {
  return {
    idKey: '_id',
    processingMode: ProcessingMode.CLONE_OFF,
    useStrictMode: true,
    scriptEnabled: false,
    failOnError: true,
    variables,
    context: Context.init({ expression: { ...expressions }, accumulator: { ...accumulators } }),
  };
}

/** Compiles an aggregation expression to a function of a document. */
export function compileExpression(expression: unknown, variables: Variables): (document: Document) => unknown {
  const options = expressionOptions(variables);
  return (document) => {
    try {
      return evalExpr(document, expression, options);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError('BadValue', error instanceof Error ? error.message : String(error));
    }
  };
}
