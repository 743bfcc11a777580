import { CommandError } from '../errors.ts';
import type { Filter } from '../language/matcher.ts';
import type { SortKey } from '../language/sort.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { toInteger } from '../values/numbers.ts';
import { identicalValues, isDocument } from '../values/values.ts';
import type { Collection, Index, StoredDocument } from './collection.ts';
import { checkDeadline } from './deadline.ts';
import { holdsAllMatches, type IndexBounds, indexBounds } from './index-bounds.ts';
import { choosePlan, type WeighedPlan } from './plan-choice.ts';

/** What a run of a plan has looked at. */
export interface ScanCounts {
  keys: number;
  documents: number;
}

/** The index that a hint names. Throws `BadValue` when there is none. */
function findHinted(collection: Collection, hint: unknown): Index {
  const index = collection.indexes.find((one) =>
    typeof hint === 'string' ? one.name === hint : identicalValues(one.keyPattern, hint),
  );
  if (index === undefined) {
    throw new CommandError(
      'BadValue',
      `error processing query: ns=${collection.namespace}: hint provided does not correspond to an existing index`,
    );
  }
  return index;
}

/** A document on its way through a query, decoded when somebody asks. */
export class Candidate {
  readonly recordId: number;
  readonly bytes: Buffer;
  #document: Document | undefined;

  constructor({ recordId, bytes }: StoredDocument) {
    this.recordId = recordId;
    this.bytes = bytes;
  }

  get document(): Document {
    this.#document ??= decodeDocument(this.bytes);
    return this.#document;
  }
}

/** A way to find candidates: they are a superset of the matches, in the order of the sort when `isSorted`. */
export interface Plan {
  isSorted: boolean;
  /** Every candidate matches, so the filter need not be asked. */
  isExact: boolean;
  candidates(counts: ScanCounts): Iterable<Candidate>;
  explain: Document;
}

function collectionScan(collection: Collection, filter: Filter, isReverse: boolean): Plan {
  return {
    isSorted: false,
    isExact: filter.isExact && filter.conditions.length === 0,
    *candidates(counts) {
      for (const stored of collection.documents(isReverse)) {
        checkDeadline();
        counts.documents++;
        yield new Candidate(stored);
      }
    },
    explain: { stage: 'COLLSCAN', direction: isReverse ? 'backward' : 'forward' },
  };
}

interface IndexPlan extends Plan, WeighedPlan {
  /** Every key of a unique index is known. */
  isUniquePoint: boolean;
}

/** The direction in which the index gives the order of the sort; undefined when it does not. */
function sortOrder(index: Index, bounds: IndexBounds, sort: readonly SortKey[]): 'forward' | 'backward' | undefined {
  if (sort.length === 0) return 'forward';
  if (index.isMultikey || index.hasTruncated) return undefined;
  const fixed = new Set(index.fields.slice(0, bounds.fixedFields).map((field) => field.text));
  const wanted = sort.filter((key) => !fixed.has(key.text));
  if (wanted.length === 0) return 'forward';
  const rest = index.fields.filter((field) => !fixed.has(field.text));
  const isSame = (flip: boolean) =>
    wanted.length <= rest.length &&
    wanted.every((key, i) => rest[i]?.text === key.text && rest[i].descending === (key.descending !== flip));
  if (isSame(false)) return 'forward';
  return isSame(true) ? 'backward' : undefined;
}

function* recordIds(collection: Collection, index: Index, bounds: IndexBounds, isReverse: boolean): Generator<number> {
  if (index.isUnique && bounds.keys !== undefined) {
    const keys = [...bounds.keys].sort(Buffer.compare);
    if (isReverse) keys.reverse();
    for (const key of keys) {
      const recordId = collection.findUnique(index, key);
      if (recordId !== undefined) yield recordId;
    }
    return;
  }
  const ranges = isReverse ? [...bounds.ranges].reverse() : bounds.ranges;
  for (const range of ranges) yield* collection.records(index, range, isReverse);
}

function* scanIndex(
  collection: Collection,
  index: Index,
  bounds: IndexBounds,
  isReverse: boolean,
  counts: ScanCounts,
): Generator<Candidate> {
  const seen = index.isMultikey ? new Set<number>() : undefined;
  for (const recordId of recordIds(collection, index, bounds, isReverse)) {
    checkDeadline();
    counts.keys++;
    if (seen?.has(recordId)) continue;
    seen?.add(recordId);
    const bytes = collection.get(recordId);
    if (bytes === undefined) continue;
    counts.documents++;
    yield new Candidate({ recordId, bytes });
  }
}

/** Points first for fields bound to values, then for a sort that comes for free, then for a range; a short index wins ties. */
function indexScan(collection: Collection, index: Index, filter: Filter, sort: readonly SortKey[]): IndexPlan {
  const bounds = indexBounds(index, filter);
  const order = sortOrder(index, bounds, sort);
  const isReverse = order === 'backward';
  const isUniquePoint = index.isUnique && bounds.keys !== undefined;
  const isExact =
    filter.isExact && !index.hasTruncated && filter.conditions.every((condition) => bounds.covered.has(condition));
  const isBound = bounds.pointFields > 0 || bounds.hasRange;
  return {
    isUniquePoint,
    isBound,
    isSorted: order !== undefined,
    isExact: isExact && (isBound || filter.conditions.length === 0),
    candidates: (counts) => scanIndex(collection, index, bounds, isReverse, counts),
    countKeys(most) {
      let count = 0;
      for (const _ of recordIds(collection, index, bounds, isReverse)) if (++count === most) break;
      return count;
    },
    explain: {
      stage: 'FETCH',
      inputStage: {
        stage: 'IXSCAN',
        keyPattern: index.keyPattern,
        indexName: index.name,
        isMultiKey: index.isMultikey,
        isUnique: index.isUnique,
        isSparse: index.isSparse,
        isPartial: index.partialFilter !== undefined,
        indexVersion: 2,
        direction: isReverse ? 'backward' : 'forward',
        indexBounds: bounds.explain,
      },
    },
    score: [
      isUniquePoint ? 100 : bounds.pointFields * 2 + (bounds.hasRange ? 1 : 0),
      order !== undefined && sort.length > 0 ? 1 : 0,
      isBound || order !== undefined ? -index.fields.length : 0,
    ],
  };
}

/**
 * A filter of one equality on the whole of a unique index finds one document or none, whatever else could be done and in
 * whatever order: by far the most frequent query, so that nothing is weighed for it.
 */
function planUniquePoint(collection: Collection, filter: Filter, sort: readonly SortKey[]): Plan | undefined {
  const [condition] = filter.conditions;
  if (!filter.isExact || condition?.operator !== '$eq' || filter.conditions.length !== 1) return undefined;
  const index = collection.indexes.find(
    ({ isUnique, isHidden, partialFilter, fields }) =>
      isUnique && !isHidden && partialFilter === undefined && fields.length === 1 && fields[0]?.text === condition.path,
  );
  if (index === undefined || index.hasTruncated) return undefined;
  return {
    isSorted: true,
    isExact: true,
    *candidates(counts) {
      const key = new KeyWriter().append(condition.operand, index.fields[0]?.descending).finish().bytes;
      const recordId = collection.findUnique(index, key);
      if (recordId === undefined) return;
      counts.keys++;
      const bytes = collection.get(recordId);
      if (bytes === undefined) return;
      counts.documents++;
      yield new Candidate({ recordId, bytes });
    },
    get explain() {
      return indexScan(collection, index, filter, sort).explain;
    },
  };
}

/** The index that an equality of the filter, or a list of values, finds single documents by, whatever else is asked of them. */
function findUniqueIndex(collection: Collection, { conditions }: Filter, sort: readonly SortKey[]): Index | undefined {
  const operators = sort.length === 0 ? ['$eq', '$in'] : ['$eq'];
  const paths = conditions.filter(({ operator }) => operators.includes(operator)).map(({ path }) => path);
  return paths.length === 0
    ? undefined
    : collection.indexes.find(
        ({ isUnique, isHidden, isSparse, hasTruncated, partialFilter, fields }) =>
          isUnique &&
          !isHidden &&
          !isSparse &&
          !hasTruncated &&
          partialFilter === undefined &&
          fields.length === 1 &&
          paths.includes(fields[0]?.text as string),
      );
}

/**
 * Chooses how to run a filter and sort. `hint` is an index name or key pattern, or `{ $natural: 1 }`; `limit` zero is no limit.
 */
export function planQuery(
  collection: Collection,
  filter: Filter,
  sort: readonly SortKey[],
  { hint, limit = 0 }: { hint?: unknown; limit?: number } = {},
): Plan {
  const natural = isDocument(hint) ? hint.$natural : undefined;
  if (natural !== undefined) {
    const direction = toInteger(natural);
    if (direction !== 1 && direction !== -1) {
      throw new CommandError('BadValue', '$natural hint must be either 1 or -1');
    }
    return collectionScan(collection, filter, direction < 0);
  }
  if (hint !== undefined) return indexScan(collection, findHinted(collection, hint), filter, sort);
  const uniquePoint = planUniquePoint(collection, filter, sort);
  if (uniquePoint !== undefined) return uniquePoint;
  const uniqueIndex = findUniqueIndex(collection, filter, sort);
  if (uniqueIndex !== undefined) {
    const plan = indexScan(collection, uniqueIndex, filter, sort);
    if (plan.isUniquePoint) return plan;
  }
  const plans = collection.indexes
    .filter((index) => holdsAllMatches(index, filter))
    .map((index) => indexScan(collection, index, filter, sort));
  const best = choosePlan(plans, sort.length > 0 && limit > 1);
  if (best?.isBound) return best;
  if (best === undefined || sort.length === 0) {
    const union = planAlternatives(collection, filter);
    if (union !== undefined) return union;
  }
  return best ?? collectionScan(collection, filter, false);
}

/** An `$or` whose every branch has an index: the branches' candidates, each record once. */
function planAlternatives(collection: Collection, filter: Filter): Plan | undefined {
  for (const branches of filter.alternatives) {
    const plans = branches.map((branch) => planQuery(collection, branch, []));
    if (plans.some((plan) => plan.explain.stage === 'COLLSCAN')) continue;
    return {
      isSorted: false,
      isExact: false,
      *candidates(counts) {
        const seen = new Set<number>();
        for (const plan of plans) {
          for (const candidate of plan.candidates(counts)) {
            if (seen.has(candidate.recordId)) continue;
            seen.add(candidate.recordId);
            yield candidate;
          }
        }
      },
      explain: {
        stage: 'FETCH',
        inputStage: { stage: 'OR', inputStages: plans.map((plan) => plan.explain.inputStage) },
      },
    };
  }
  return undefined;
}
