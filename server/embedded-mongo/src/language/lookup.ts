import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { visitPath } from '../values/paths.ts';
import { isDocument } from '../values/values.ts';
import { compileExpression, type Variables } from './expressions.ts';
import { setComputed } from './projection.ts';

const lookupFields = ['from', 'as', 'localField', 'foreignField', 'let', 'pipeline'];

/** What a `$lookup` reads and runs. */
interface LookupScope {
  variables: Variables;
  read: (name: string) => Document[];
  run: (documents: Document[], pipeline: Document[], variables: Variables) => Document[];
}

interface Lookup {
  from: string;
  as: string;
  localField?: string;
  foreignField?: string;
  let?: Document;
  pipeline?: Document[];
}

function invalid(message: string): CommandError {
  return new CommandError('FailedToParse', message);
}

function checkLookup(spec: unknown): Lookup {
  if (!isDocument(spec)) throw invalid('the $lookup specification must be an Object');
  const unknown = Object.keys(spec).find((field) => !lookupFields.includes(field));
  if (unknown !== undefined) throw invalid(`unknown argument to $lookup: ${unknown}`);
  for (const field of ['from', 'as', 'localField', 'foreignField']) {
    if (spec[field] !== undefined && typeof spec[field] !== 'string') {
      throw invalid(`$lookup argument '${field}' must be a string`);
    }
  }
  if (spec.as === undefined) throw invalid("must specify 'as' field for a $lookup");
  if (spec.from === undefined) throw invalid("must specify 'from' field for a $lookup");
  if ((spec.localField === undefined) !== (spec.foreignField === undefined)) {
    throw invalid("$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  if (spec.localField === undefined && spec.pipeline === undefined) {
    throw invalid("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  }
  return spec as unknown as Lookup;
}

function keysAt(document: Document, field: string, withWholeArrays: boolean): Set<string> {
  const keys = new Set<string>();
  visitPath(document, field.split('.'), ({ value, isWholeArray }) => {
    if (!isWholeArray || withWholeArrays) {
      keys.add(
        new KeyWriter()
          .append(value ?? null)
          .raw()
          .toString('latin1'),
      );
    }
    return false;
  });
  return keys;
}

/** Values are joined by their key in an index, so that numbers of several types and null and missing are one. */
function compileJoin(
  foreign: Document[],
  localField: string,
  foreignField: string,
): (document: Document) => Document[] {
  const positions = new Map<string, number[]>();
  for (const [position, document] of foreign.entries()) {
    for (const key of keysAt(document, foreignField, true)) {
      const found = positions.get(key);
      if (found === undefined) positions.set(key, [position]);
      else found.push(position);
    }
  }
  return (document) => {
    const matches = [...keysAt(document, localField, false)].flatMap((key) => positions.get(key) ?? []);
    return [...new Set(matches)].sort((a, b) => a - b).map((position) => foreign[position] as Document);
  };
}

/** Compiles a `$lookup` to a function of one document, which gives it with the documents that it finds. */
export function compileLookup(spec: unknown, scope: LookupScope): (document: Document) => Document {
  const { from, as, localField, foreignField, pipeline, let: names = {} } = checkLookup(spec);
  const foreign = scope.read(from);
  const join = localField === undefined ? undefined : compileJoin(foreign, localField, foreignField as string);
  const expressions = Object.entries(names).map(
    ([name, value]) => [name, compileExpression(value, scope.variables)] as const,
  );
  return (document) => {
    let found = join === undefined ? foreign : join(document);
    if (pipeline !== undefined) {
      const values = expressions.map(([name, evaluate]) => [name, evaluate(document)]);
      found = scope.run(found, pipeline, { ...scope.variables, ...Object.fromEntries(values) });
    }
    const result = { ...document };
    setComputed(result, as.split('.'), found);
    return result;
  };
}
