import { BSONRegExp } from 'bson';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isDbRefField, visitPath } from '../values/paths.ts';
import { isDocument, isTruthy } from '../values/values.ts';
import { compileExpression, type Variables } from './expressions.ts';
import { every, leaf, type MatchDetails, type Node, not } from './match-nodes.ts';
import {
  bitsPredicate,
  comparePredicate,
  inPredicate,
  isDocumentFilter,
  isOperatorDocument,
  modPredicate,
  regexPredicate,
  sizePredicate,
  toRegex,
  typePredicate,
} from './predicates.ts';

/** One comparison of a path with a value, as the planner reads it. */
export interface Condition {
  path: string;
  operator: '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte' | '$regex' | '$exists' | '$type';
  operand: unknown;
  /** Another condition of the same group holds for the same array element, so that their ranges may be combined. */
  elementGroup: object | undefined;
}

/** A compiled filter: a test, and what of it an index may serve. */
export interface Filter {
  matches(document: unknown, details?: MatchDetails): boolean;
  /** Conditions that all must hold. */
  conditions: readonly Condition[];
  /** For each `$or` that must hold, its branches. */
  alternatives: readonly (readonly Filter[])[];
  /** `conditions` say all that the filter says. */
  isExact: boolean;
}

interface Scope {
  variables: Variables;
  conditions: Condition[];
  alternatives: Filter[][];
  isExact: boolean;
}

/** Compiles a query filter. Throws `BadValue` for what MongoDB refuses, and for the few operators this server lacks. */
export function compileFilter(filter: unknown, variables: Variables = {}): Filter {
  const scope: Scope = { variables, conditions: [], alternatives: [], isExact: true };
  const node = compileDocument(filter, scope);
  return {
    matches: (document, details) => node(document, details),
    conditions: scope.conditions,
    alternatives: scope.alternatives,
    isExact: scope.isExact,
  };
}

/** A scope for what cannot be served by an index. */
function aside(scope: Scope): Scope {
  scope.isExact = false;
  return { variables: scope.variables, conditions: [], alternatives: [], isExact: true };
}

function clauses(operator: string, operand: unknown): unknown[] {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', `${operator} must be an array`);
  if (operand.length === 0) throw new CommandError('BadValue', `${operator} must be a nonempty array`);
  for (const clause of operand) {
    if (!isDocument(clause)) throw new CommandError('BadValue', `${operator} entries need to be full objects`);
  }
  return operand;
}

function compileLogical(operator: string, operand: unknown, scope: Scope): Node | undefined {
  switch (operator) {
    case '$and':
      return every(clauses(operator, operand).map((clause) => compileDocument(clause, scope)));
    case '$or': {
      const branches = clauses(operator, operand).map((clause) => compileFilter(clause, scope.variables));
      scope.alternatives.push(branches);
      scope.isExact = false;
      return (document, details) => branches.some((branch) => branch.matches(document, details));
    }
    case '$nor': {
      const inner = aside(scope);
      const nodes = clauses(operator, operand).map((clause) => compileDocument(clause, inner));
      return (document) => !nodes.some((node) => node(document, undefined));
    }
    case '$expr': {
      scope.isExact = false;
      const evaluate = compileExpression(operand, scope.variables);
      return (document) => isTruthy(evaluate(document as Document));
    }
    case '$comment':
      return undefined;
    case '$alwaysTrue':
    case '$alwaysFalse':
      scope.isExact = false;
      return () => operator === '$alwaysTrue';
    case '$where':
    case '$text':
    case '$jsonSchema':
      throw new CommandError('BadValue', `${operator} is not supported by this server`);
    default:
      throw new CommandError('BadValue', `unknown top level operator: ${operator}`);
  }
}

function optionsWithoutRegex(operators: Document): [] {
  if (!Object.hasOwn(operators, '$regex')) throw new CommandError('BadValue', '$options needs a $regex');
  return [];
}

function note(scope: Scope, path: string, operator: Condition['operator'], operand: unknown): void {
  scope.conditions.push({ path, operator, operand, elementGroup: undefined });
  // Null also stands for a missing field, an array for itself or an item, and a pattern is more than its prefix.
  const isScalar = (value: unknown) =>
    value !== null && value !== undefined && !Array.isArray(value) && !(value instanceof BSONRegExp);
  const isPlain =
    operator === '$eq'
      ? isScalar(operand)
      : operator === '$in' && (operand as unknown[]).every((item) => isScalar(item));
  if (!isPlain) scope.isExact = false;
}

function compileNot(path: readonly string[], text: string, operand: unknown, scope: Scope): Node {
  if (operand instanceof BSONRegExp) return not(leaf(path, regexPredicate(operand)));
  if (!isDocument(operand)) throw new CommandError('BadValue', '$not needs a regex or a document');
  const operators = Object.entries(operand);
  if (operators.length === 0) throw new CommandError('BadValue', '$not cannot be empty');
  const nodes = operators.flatMap(([operator, value]) =>
    operator === '$options'
      ? optionsWithoutRegex(operand)
      : compileOperator(path, text, operator, value, operand, scope),
  );
  return not(every(nodes));
}

function compileItem(operand: unknown, scope: Scope): { matches: (item: unknown) => boolean; isValueForm: boolean } {
  if (!isDocument(operand)) throw new CommandError('BadValue', '$elemMatch needs an Object');
  if (isOperatorDocument(operand) && !isDocumentFilter(operand)) {
    // The item itself is compared, under a name of its own; an item that is an array is compared as a whole.
    const node = compileField('item', operand, scope);
    return { matches: (item) => node({ item: Array.isArray(item) ? [item] : item }, undefined), isValueForm: true };
  }
  const node = compileDocument(operand, scope);
  return {
    matches: (item) => (Array.isArray(item) ? node({ ...item }, undefined) : isDocument(item) && node(item, undefined)),
    isValueForm: false,
  };
}

/** `$elemMatch` asks one element for all its conditions, either as a value or as a document of its own. */
function compileElemMatch(path: readonly string[], text: string, operand: unknown, scope: Scope): Node {
  const inner = aside(scope);
  const { matches, isValueForm } = compileItem(operand, inner);
  const group = {};
  for (const condition of inner.conditions) {
    const innerPath = isValueForm ? text : `${text}.${condition.path}`;
    scope.conditions.push({ ...condition, path: innerPath, elementGroup: group });
  }
  return (document, details) =>
    visitPath(
      document,
      path,
      ({ value, arrayIndex }) => {
        if (!Array.isArray(value)) return false;
        const index = value.findIndex(matches);
        if (index < 0) return false;
        if (details !== undefined) details.arrayIndex = arrayIndex ?? index;
        return true;
      },
      false,
    );
}

function compileAll(path: readonly string[], text: string, operand: unknown, scope: Scope): Node {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', '$all needs an array');
  if (operand.length === 0) {
    scope.isExact = false;
    return () => false;
  }
  return every(
    operand.map((item) => {
      if (item instanceof BSONRegExp) {
        scope.isExact = false;
        return leaf(path, regexPredicate(item));
      }
      if (isOperatorDocument(item)) {
        if (!Object.hasOwn(item, '$elemMatch')) throw new CommandError('BadValue', 'no $ expressions in $all');
        return compileElemMatch(path, text, item.$elemMatch, scope);
      }
      note(scope, text, '$eq', item);
      return leaf(path, comparePredicate('$eq', item));
    }),
  );
}

function compileOperator(
  path: readonly string[],
  text: string,
  operator: string,
  operand: unknown,
  siblings: Document,
  scope: Scope,
): Node {
  switch (operator) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      note(scope, text, operator, operand);
      return leaf(path, comparePredicate(operator, operand));
    case '$in':
      if (!Array.isArray(operand)) throw new CommandError('BadValue', '$in needs an array');
      note(scope, text, operator, operand);
      return leaf(path, inPredicate(operand));
    case '$ne':
      scope.isExact = false;
      if (operand instanceof BSONRegExp) throw new CommandError('BadValue', "Can't have regex as arg to $ne.");
      return not(leaf(path, comparePredicate('$eq', operand)));
    case '$nin':
      scope.isExact = false;
      if (!Array.isArray(operand)) throw new CommandError('BadValue', '$nin needs an array');
      return not(leaf(path, inPredicate(operand)));
    case '$not':
      return compileNot(path, text, operand, aside(scope));
    case '$exists': {
      const wanted = isTruthy(operand);
      if (wanted) note(scope, text, '$exists', true);
      scope.isExact = false;
      const exists = leaf(path, (value) => value !== undefined, false);
      return wanted ? exists : not(exists);
    }
    case '$type':
      note(scope, text, '$type', operand);
      return leaf(path, typePredicate(operand));
    case '$regex':
      note(scope, text, '$regex', toRegex(operand, siblings.$options));
      return leaf(path, regexPredicate(toRegex(operand, siblings.$options)));
    case '$size':
      scope.isExact = false;
      return leaf(path, sizePredicate(operand), false);
    case '$mod':
      scope.isExact = false;
      return leaf(path, modPredicate(operand));
    case '$all':
      return compileAll(path, text, operand, scope);
    case '$elemMatch':
      return compileElemMatch(path, text, operand, scope);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      scope.isExact = false;
      return leaf(path, bitsPredicate(operator, operand));
    default:
      throw new CommandError('BadValue', `unknown operator: ${operator}`);
  }
}

function compileField(path: string, operand: unknown, scope: Scope): Node {
  if (path.includes('\0')) throw new CommandError('BadValue', 'a path cannot contain a null byte');
  const components = path.split('.');
  if (operand instanceof BSONRegExp) {
    note(scope, path, '$regex', operand);
    return leaf(components, regexPredicate(operand));
  }
  if (!isOperatorDocument(operand)) return compileOperator(components, path, '$eq', operand, {}, scope);
  const operators = operand;
  return every(
    Object.entries(operators).flatMap(([operator, value]) =>
      operator === '$options'
        ? optionsWithoutRegex(operators)
        : compileOperator(components, path, operator, value, operators, scope),
    ),
  );
}

function compileDocument(filter: unknown, scope: Scope): Node {
  if (!isDocument(filter)) throw new CommandError('BadValue', 'a filter must be a document');
  const nodes: Node[] = [];
  for (const [key, operand] of Object.entries(filter)) {
    if (isDbRefField(key)) {
      nodes.push(compileOperator([key], key, '$eq', operand, {}, scope));
    } else if (key.startsWith('$')) {
      const node = compileLogical(key, operand, scope);
      if (node !== undefined) nodes.push(node);
    } else {
      nodes.push(compileField(key, operand, scope));
    }
  }
  return every(nodes);
}

/** The test that an `$elemMatch` puts to one array item. */
export function matchesArrayItem(operand: unknown): (item: unknown) => boolean {
  return compileItem(operand, { variables: {}, conditions: [], alternatives: [], isExact: true }).matches;
}
