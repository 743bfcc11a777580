export { Aggregator } from 'mingo/aggregator';
export { Context, evalExpr, ProcessingMode } from 'mingo/core';
export { Lazy } from 'mingo/lazy';
export * as accumulators from 'mingo/operators/accumulator';
export * as expressions from 'mingo/operators/expression';
export * as stages from 'mingo/operators/pipeline';
