import { CommandError } from '../errors.ts';
import { type Document, setField } from '../values/bson.ts';
import { isNumber, toInteger } from '../values/numbers.ts';
import { getChild, isDbRefField } from '../values/paths.ts';
import { isDocument, isTruthy } from '../values/values.ts';
import { compileExpression, isExpression, type Variables } from './expressions.ts';
import { type Filter, matchesArrayItem } from './matcher.ts';

/** A compiled projection; `filter` decides what a positional `$` shows. */
type Projection = (document: Document, filter?: Filter) => Document;

/** One level of a projection: what to do with each named field. */
interface Tree {
  children: Map<string, Tree | boolean>;
}

type Computed = (document: Document, filter: Filter | undefined) => unknown;

const missingField = Symbol('missing');

/** Sets a computed field, in every item where the path leads through an array; `undefined` removes it. */
export function setComputed(target: Document, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    if (value === undefined) delete target[name];
    else setField(target, name, value);
    return;
  }
  const child = getChild(target, name);
  if (Array.isArray(child)) {
    setField(target, name, setInItems(child, rest, value));
    return;
  }
  if (value === undefined && !isDocument(child)) return;
  const copy = isDocument(child) ? { ...child } : {};
  setComputed(copy, rest, value);
  setField(target, name, copy);
}

function setInItems(items: readonly unknown[], path: readonly string[], value: unknown): unknown[] {
  return items.map((item) => {
    if (Array.isArray(item)) return setInItems(item, path, value);
    if (value === undefined && !isDocument(item)) return item;
    const copy = isDocument(item) ? { ...item } : {};
    setComputed(copy, path, value);
    return copy;
  });
}

function checkPath(path: readonly string[], name: string): void {
  if (path.includes('')) throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
  const dollar = path.findIndex((component) => component.startsWith('$') && !isDbRefField(component));
  if (dollar >= 0 && !(path[dollar] === '$' && dollar === path.length - 1 && dollar > 0)) {
    throw new CommandError(
      16410,
      `FieldPath field names may not start with '$'. Consider using $getField or $setField.: ${name}`,
    );
  }
}

function insert(tree: Tree, path: readonly string[], name: string): void {
  let at = tree;
  for (const component of path.slice(0, -1)) {
    const child = at.children.get(component);
    if (child === true) throw new CommandError(31249, `Path collision at ${name}`);
    const next: Tree = typeof child === 'object' ? child : { children: new Map() };
    at.children.set(component, next);
    at = next;
  }
  const last = path.at(-1) as string;
  if (at.children.has(last)) throw new CommandError(31250, `Path collision at ${name}`);
  at.children.set(last, true);
}

function includeNested(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => includeNested(item, tree)).filter((item) => item !== missingField);
  }
  return isDocument(value) ? include(value, tree) : missingField;
}

function include(document: Document, tree: Tree): Document {
  const result: Document = {};
  for (const name of Object.keys(document)) {
    const child = tree.children.get(name);
    if (child === undefined) continue;
    const value = child === true ? document[name] : includeNested(document[name], child as Tree);
    if (value !== missingField) setField(result, name, value);
  }
  return result;
}

function excludeNested(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => excludeNested(item, tree));
  return isDocument(value) ? exclude(value, tree) : value;
}

function exclude(document: Document, tree: Tree): Document {
  const result: Document = {};
  for (const name of Object.keys(document)) {
    const child = tree.children.get(name);
    if (child === true) continue;
    setField(result, name, child === undefined ? document[name] : excludeNested(document[name], child as Tree));
  }
  return result;
}

function isFindSlice(operand: unknown): boolean {
  const isIntegers = (values: unknown[]) => values.every((value) => toInteger(value) !== undefined);
  return Array.isArray(operand) ? operand.length === 2 && isIntegers(operand) : isNumber(operand);
}

function sliceOf(operand: unknown): (array: unknown[]) => unknown[] {
  const [first, second] = Array.isArray(operand)
    ? operand.map((value) => toInteger(value) as number)
    : [toInteger(operand)];
  if (first === undefined) throw new CommandError(28724, 'Invalid $slice syntax');
  if (second !== undefined && second <= 0) throw new CommandError(28724, 'First argument to $slice must be positive');
  return (array) => {
    if (second === undefined) return first >= 0 ? array.slice(0, first) : array.slice(first);
    const start = first >= 0 ? first : Math.max(0, array.length + first);
    return array.slice(start, start + second);
  };
}

/** A value with the arrays at the end of a path cut, in every item of those on the way. */
function cutAt(value: unknown, path: readonly string[], cut: (array: unknown[]) => unknown[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return Array.isArray(value) ? cut(value) : value;
  if (Array.isArray(value)) return value.map((item) => cutAt(item, path, cut));
  if (!isDocument(value) || !Object.hasOwn(value, name)) return value;
  const copy = { ...value };
  setField(copy, name, cutAt(value[name], rest, cut));
  return copy;
}

function elemMatch(path: readonly string[], operand: unknown): Computed {
  const matches = matchesArrayItem(operand);
  return (document) => {
    const value = getChild(document, path[0] as string);
    const item = Array.isArray(value) ? value.find(matches) : undefined;
    return item === undefined ? missingField : [item];
  };
}

function positional(path: readonly string[]): Computed {
  return (document, filter) => {
    const value = path.reduce<unknown>((container, component) => getChild(container, component), document);
    if (!Array.isArray(value)) return value ?? missingField;
    const details = { arrayIndex: undefined as number | undefined };
    filter?.matches(document, details);
    if (details.arrayIndex === undefined) {
      throw new CommandError(
        51246,
        "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array",
      );
    }
    return value.slice(details.arrayIndex, details.arrayIndex + 1);
  };
}

/** Compiles a find projection. Throws MongoDB's codes (31253, 31254 and others) for a mix of inclusion and exclusion. */
export function compileProjection(spec: unknown, variables: Variables = {}): Projection | undefined {
  if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'the projection must be an object');
  if (Object.keys(spec).length === 0) return undefined;
  const tree: Tree = { children: new Map() };
  const computed: { path: string[]; compute: Computed }[] = [];
  const slices: { path: string[]; cut: (array: unknown[]) => unknown[] }[] = [];
  let mode: 'include' | 'exclude' | undefined;
  let idFlag: boolean | undefined;
  let positionals = 0;
  const setMode = (wanted: 'include' | 'exclude', path: string) => {
    if (mode !== undefined && mode !== wanted) {
      throw wanted === 'include'
        ? new CommandError(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
        : new CommandError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
    }
    mode = wanted;
  };
  const visit = (fields: Document, prefix: string[]) => {
    for (const [text, value] of Object.entries(fields)) {
      const path = [...prefix, ...text.split('.')];
      const name = path.join('.');
      checkPath(path, name);
      if (isDocument(value) && !Object.keys(value)[0]?.startsWith('$')) {
        if (Object.keys(value).length === 0)
          throw new CommandError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
        visit(value, path);
        continue;
      }
      if (typeof value === 'boolean' || isNumber(value)) {
        const included = isTruthy(value);
        if (name === '_id') {
          idFlag = included;
          continue;
        }
        if (path.at(-1) === '$') {
          if (!included) throw new CommandError(31395, 'positional projection cannot be used with exclusion');
          if (positionals++ > 0) {
            throw new CommandError(31276, 'Cannot specify more than one positional projection per query.');
          }
          setMode('include', name);
          const array = path.slice(0, -1);
          computed.push({ path: array, compute: positional(array) });
          continue;
        }
        setMode(included ? 'include' : 'exclude', name);
        insert(tree, path, name);
        continue;
      }
      const operator = isDocument(value) ? Object.keys(value)[0] : undefined;
      const operand = isDocument(value) && operator !== undefined ? value[operator] : undefined;
      if (operator === '$slice' && isFindSlice(operand)) {
        slices.push({ path, cut: sliceOf(operand) });
      } else if (operator === '$elemMatch') {
        if (prefix.length > 0 || path.length > 1)
          throw new CommandError(31275, 'Cannot use $elemMatch projection on a nested field.');
        setMode('include', name);
        computed.push({ path, compute: elemMatch(path, operand) });
      } else {
        if (operator === '$meta')
          throw new CommandError('BadValue', '$meta projections are not supported by this server');
        if (operator?.startsWith('$') && !isExpression(operator)) {
          throw new CommandError(31325, `Unknown expression ${operator}`);
        }
        setMode('include', name);
        const evaluate = compileExpression(value, variables);
        computed.push({ path, compute: (document) => evaluate(document) });
      }
    }
  };
  visit(spec, []);
  if (mode === undefined)
    mode = idFlag === true ? 'include' : idFlag === false || slices.length > 0 ? 'exclude' : 'include';
  if (mode === 'exclude' && idFlag === false) tree.children.set('_id', true);
  if (mode === 'include' && idFlag !== false && !tree.children.has('_id')) tree.children.set('_id', true);
  const isInclusion = mode === 'include';
  if (isInclusion) for (const { path } of slices) insert(tree, path, path.join('.'));
  return (document, filter) => {
    const result = isInclusion ? include(document, tree) : exclude(document, tree);
    for (const { path, compute } of computed) {
      const value = compute(document, filter);
      if (value === missingField) continue;
      setComputed(result, path, value);
    }
    return slices.reduce<Document>((sliced, { path, cut }) => cutAt(sliced, path, cut) as Document, result);
  };
}
