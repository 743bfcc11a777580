import { CommandError } from '../errors.ts';
import { isStage, runStages } from '../language/aggregation.ts';
import type { Variables } from '../language/expressions.ts';
import type { Document } from '../values/bson.ts';
import { isDocument } from '../values/values.ts';

const libraryStages = ['$addFields', '$set', '$unset', '$project', '$replaceRoot', '$replaceWith'];

/** Compiles an update pipeline to a function of the document. Throws `InvalidOptions` for a stage that is not allowed. */
export function compileUpdatePipeline(pipeline: unknown[], variables: Variables): (document: Document) => Document {
  for (const stage of pipeline) {
    if (!isDocument(stage)) throw new CommandError('TypeMismatch', 'Each element of the pipeline must be an object');
    const name = Object.keys(stage)[0] ?? '';
    if (!isStage(name)) throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
    if (!libraryStages.includes(name)) {
      throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  return (document) => {
    const [result] = runStages([document], pipeline as Document[], variables);
    if (!isDocument(result)) throw new CommandError('InternalError', 'an update pipeline gave no document');
    return result;
  };
}
