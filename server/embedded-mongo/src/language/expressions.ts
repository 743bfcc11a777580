import type { AccumulatorOperator, ExpressionOperator, Options } from 'mingo/types';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isDocument, isTruthy } from '../values/values.ts';
import { accumulatorOperators, arithmeticOperators, type Operator } from './expression-arithmetic.ts';
import { setOperators } from './expression-sets.ts';
import { typeOperators } from './expression-types.ts';
import { evalExpr, LibraryNeeded, library, whenLoaded } from './library.ts';

/** Values that `let` gives names to. */
export type Variables = Readonly<Document>;

/** mingo decides by JavaScript's truth, to which a zero of another number type is true. */
const conditional: Record<string, Operator> = {
  $cond(document, operand, options) {
    const parts = Array.isArray(operand)
      ? operand
      : isDocument(operand)
        ? [operand.if, operand.then, operand.else]
        : [];
    if (parts.length !== 3) throw new CommandError(16020, 'Expression $cond takes exactly 3 arguments.');
    return evalExpr(document, parts[isTruthy(evalExpr(document, parts[0], options)) ? 1 : 2], options);
  },
};

const operators = whenLoaded(({ expressions, accumulators }) => ({
  expression: Object.assign(
    {},
    expressions,
    arithmeticOperators,
    accumulatorOperators,
    typeOperators,
    setOperators,
    conditional,
  ) as unknown as Record<`$${string}`, ExpressionOperator>,
  accumulator: { ...accumulators } as unknown as Record<`$${string}`, AccumulatorOperator>,
}));
/** These run code that comes as data. */
const scripts = ['$function', '$accumulator'];

/** The operators that expressions may use. */
export const expressionContext = whenLoaded(({ Context }) => Context.init(operators()));

/** Whether there is an operator of this name. */
export function isExpression(name: string): boolean {
  const { expression, accumulator } = operators();
  return Object.hasOwn(expression, name) || Object.hasOwn(accumulator, name);
}

/** mingo's settings for an expression. */
export function expressionOptions(variables: Variables): Options {
  return {
    idKey: '_id',
    processingMode: library().ProcessingMode.CLONE_OFF,
    useStrictMode: true,
    scriptEnabled: false,
    failOnError: true,
    variables,
    context: expressionContext(),
  };
}

/** Looks for operators that do not exist, so that they are refused even where no document is at hand. */
export function checkExpression(expression: unknown): void {
  if (Array.isArray(expression)) {
    for (const item of expression) checkExpression(item);
    return;
  }
  if (!isDocument(expression)) return;
  for (const [name, operand] of Object.entries(expression)) {
    if (name.startsWith('$') && (scripts.includes(name) || !isExpression(name))) {
      throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
    }
    if (name !== '$literal') checkExpression(operand);
  }
}

/** Runs something of mingo's, whose errors become ours. */
export function translated<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CommandError || error instanceof RangeError || error instanceof LibraryNeeded) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(message.startsWith('Use of undefined variable') ? 17276 : 'BadValue', message);
  }
}

/** Compiles an aggregation expression to a function of a document. Throws `InvalidPipelineOperator` for an unknown one. */
export function compileExpression(expression: unknown, variables: Variables): (document: Document) => unknown {
  checkExpression(expression);
  const options = expressionOptions(variables);
  return (document) => translated(() => evalExpr(document, expression, options));
}

/** Looks for what would run code that comes as data. Throws `InvalidPipelineOperator`. */
export function refuseScripts(specification: unknown): void {
  if (Array.isArray(specification)) for (const item of specification) refuseScripts(item);
  if (!isDocument(specification)) return;
  for (const [name, operand] of Object.entries(specification)) {
    if (scripts.includes(name)) throw new CommandError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
    if (name !== '$literal') refuseScripts(operand);
  }
}
