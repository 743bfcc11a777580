import { ObjectId } from 'bson';
import { CommandError } from '../errors.ts';
import type { MatchDetails } from '../language/match-nodes.ts';
import type { Document } from '../values/bson.ts';
import { formatDocument, formatValue } from '../values/format.ts';
import { getChild } from '../values/paths.ts';
import { equalValues, isDocument } from '../values/values.ts';
import { checkIdentifiers, compileArrayFilters } from './array-filters.ts';
import { checkDollarNames } from './dollar-names.ts';
import { arrayOperators } from './update-arrays.ts';
import { fieldOperators, structuredCopy, type UpdateOperator } from './update-operators.ts';
import {
  isPlaceholder,
  modifyPath,
  type PathContext,
  parseUpdatePath,
  removed,
  resolvePath,
  unchanged,
} from './update-paths.ts';
import { compileUpdatePipeline } from './update-pipeline.ts';
import { equalitiesOf, idFrom } from './upsert-seed.ts';

/** A compiled update. */
export interface Update {
  isReplacement: boolean;
  /** The document after the update; `document` itself is used up. */
  apply(document: Document, details: MatchDetails, now: number): Document;
  /** The document that an upsert inserts. */
  create(filter: unknown, now: number): Document;
}

interface UpdateOptions {
  arrayFilters?: unknown;
  variables?: Document;
}

interface Step {
  operator: string;
  path: string[];
  text: string;
  run(document: Document, context: PathContext, id: unknown, now: number): void;
}

const updateOperators: Record<string, UpdateOperator> = { ...fieldOperators, ...arrayOperators };

function checkId(id: unknown, result: Document, isReplacement: boolean): void {
  if (equalValues(id, result._id)) return;
  throw new CommandError(
    'ImmutableField',
    isReplacement
      ? `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${formatValue(result._id)}`
      : "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

function withCreate(
  isReplacement: boolean,
  run: (document: Document, details: MatchDetails, now: number, isInsert: boolean) => Document,
): Update {
  return {
    isReplacement,
    apply(document, details, now) {
      const id = document._id;
      const result = run(document, details, now, false);
      checkId(id, result, isReplacement);
      return result;
    },
    create(filter, now) {
      const seed = isReplacement ? idFrom(filter) : equalitiesOf(filter);
      const id = seed._id;
      const result = run(seed, { arrayIndex: undefined }, now, true);
      if (id !== undefined) checkId(id, result, isReplacement);
      return Object.hasOwn(result, '_id') ? result : { _id: new ObjectId(), ...result };
    },
  };
}

function compileStep(
  operator: string,
  definition: UpdateOperator,
  path: string[],
  text: string,
  operand: unknown,
): Step {
  const modification = definition.compile(operand, text);
  const hasPlaceholder = path.some(isPlaceholder);
  return {
    operator,
    path,
    text,
    run(document, context, id, now) {
      const modify = modification({ path: text, id, now });
      const targets = hasPlaceholder ? resolvePath(document, path, context) : [path];
      for (const target of targets) modifyPath(document, target, modify, definition.creates);
    },
  };
}

function compileRename(path: string[], text: string, operand: unknown): Step {
  if (typeof operand !== 'string') {
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${text}: ${formatValue(operand)}`);
  }
  const target = parseUpdatePath(operand);
  if (operand === text) {
    throw new CommandError(
      'BadValue',
      `The source and target field for $rename must differ: ${text}: ${formatValue(operand)}`,
    );
  }
  if (operand.startsWith(`${text}.`) || text.startsWith(`${operand}.`)) {
    throw new CommandError(
      'BadValue',
      `The source and target field for $rename must not be on the same path: ${text}: ${formatValue(operand)}`,
    );
  }
  for (const component of [...path, ...target]) {
    if (isPlaceholder(component))
      throw new CommandError('BadValue', `The source field for $rename may not be dynamic: ${text}`);
  }
  return {
    operator: '$rename',
    // Two of a document's fields are touched; the conflict check sees both.
    path: target,
    text,
    run(document) {
      const value = path.reduce<unknown>((container, component) => {
        if (Array.isArray(container)) {
          throw new CommandError(
            'BadValue',
            `The source field cannot be an array element, '${text}' in doc with ${formatDocument({ _id: document._id })} has an array field`,
          );
        }
        return getChild(container, component);
      }, document);
      if (value === undefined) return;
      modifyPath(document, path, () => removed, false);
      modifyPath(document, target, (current) => (current === value ? unchanged : value), true);
    },
  };
}

function compileOperator(operator: string, fields: unknown): Step[] {
  const definition = Object.hasOwn(updateOperators, operator) ? updateOperators[operator] : undefined;
  if (definition === undefined && operator !== '$rename') {
    throw new CommandError(
      'FailedToParse',
      operator.startsWith('$')
        ? `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`
        : `The dollar ($) prefixed field is missing: '${operator}' is not an update operator`,
    );
  }
  if (!isDocument(fields)) {
    throw new CommandError(
      'FailedToParse',
      `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${formatValue(fields)}}`,
    );
  }
  return Object.entries(fields).map(([text, operand]) => {
    const path = parseUpdatePath(text);
    return definition === undefined
      ? compileRename(path, text, operand)
      : compileStep(operator, definition, path, text, operand);
  });
}

/** Two operators may not touch one path, nor one a path and another a part of it. */
function checkConflicts(paths: string[][]): void {
  const sorted = paths.map((path) => path.join('.')).sort();
  const seen = new Set<string>();
  for (const path of sorted) {
    const parts = path.split('.');
    for (let length = 1; length <= parts.length; length++) {
      const prefix = parts.slice(0, length).join('.');
      if (seen.has(prefix)) {
        throw new CommandError(
          'ConflictingUpdateOperators',
          `Updating the path '${path}' would create a conflict at '${prefix}'`,
        );
      }
    }
    seen.add(path);
  }
}

/** MongoDB adds new fields in the order of their names, numbers by value. */
function comparePaths(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const a = left[i] as string;
    const b = right[i] as string;
    if (a === b) continue;
    const bothNumbers = /^\d+$/.test(a) && /^\d+$/.test(b);
    return bothNumbers ? Number(a) - Number(b) : a < b ? -1 : 1;
  }
  return left.length - right.length;
}

function compileOperators(update: Document, options: UpdateOptions): Update {
  const arrayFilters = compileArrayFilters(options.arrayFilters);
  const steps = Object.entries(update).flatMap(([operator, fields]) => compileOperator(operator, fields));
  const paths = steps.flatMap((step) =>
    step.operator === '$rename' ? [step.path, step.text.split('.')] : [step.path],
  );
  checkConflicts(paths);
  checkIdentifiers(arrayFilters, steps);
  steps.sort((a, b) => comparePaths(a.path, b.path));
  const names = steps.filter((step) => step.operator !== '$unset').map((step) => step.path[0] as string);
  return withCreate(false, (document, details, now, isInsert) => {
    const context = { arrayIndex: details.arrayIndex, arrayFilters };
    const id = document._id;
    for (const step of steps) {
      if (step.operator !== '$setOnInsert' || isInsert) step.run(document, context, id, now);
    }
    if (!isInsert) checkDollarNames(document, names);
    return document;
  });
}

/** Compiles a replacement, a document of operators, or a pipeline. Throws what MongoDB throws before it touches data. */
export function compileUpdate(update: unknown, options: UpdateOptions = {}): Update {
  if (Array.isArray(update)) {
    if (options.arrayFilters !== undefined) {
      throw new CommandError('FailedToParse', 'Cannot specify arrayFilters when using a pipeline-style update');
    }
    const run = compileUpdatePipeline(update, options.variables ?? {});
    return withCreate(false, (document) => {
      const { _id: id } = document;
      const result = run(document);
      return id === undefined || Object.hasOwn(result, '_id') ? result : { _id: id, ...result };
    });
  }
  if (!isDocument(update)) {
    throw new CommandError('FailedToParse', 'Update argument must be either an object or an array');
  }
  const first = Object.keys(update)[0];
  if (first?.startsWith('$')) return compileOperators(update, options);
  if (options.arrayFilters !== undefined && Array.isArray(options.arrayFilters) && options.arrayFilters.length > 0) {
    throw new CommandError('FailedToParse', 'Cannot specify arrayFilters and a non-update-operator style update');
  }
  return withCreate(true, (document, _details, _now, isInsert) => {
    const replacement = structuredCopy(update) as Document;
    if (!isInsert) checkDollarNames(replacement, Object.keys(replacement));
    return Object.hasOwn(document, '_id') && !Object.hasOwn(update, '_id')
      ? { _id: document._id, ...replacement }
      : replacement;
  });
}
