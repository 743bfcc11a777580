import type { MatchDetails } from '../language/match-nodes.ts';
import type { Filter } from '../language/matcher.ts';
import { type SortKey, sortItems } from '../language/sort.ts';
import type { Document } from '../values/bson.ts';
import type { Collection } from './collection.ts';
import { type Candidate, type Plan, planQuery, type ScanCounts } from './planner.ts';

/** What to find: `limit` zero is no limit. */
export interface QueryRequest {
  filter: Filter;
  sort?: readonly SortKey[];
  skip?: number;
  limit?: number;
  hint?: unknown;
}

/** A query that has been planned, to be run once or explained. */
export interface PlannedQuery {
  collection: Collection;
  request: QueryRequest;
  plan: Plan;
  counts: ScanCounts;
  needsSort: boolean;
  run(): Iterable<Candidate>;
}

function documentOf(candidate: Candidate): Document {
  return candidate.document;
}

function sizeOf(candidate: Candidate): number {
  return candidate.bytes.length;
}

function* matching(candidates: Iterable<Candidate>, filter: Filter): Generator<Candidate> {
  for (const candidate of candidates) if (filter.matches(candidate.document)) yield candidate;
}

function* window(candidates: Iterable<Candidate>, skip: number, limit: number): Generator<Candidate> {
  let position = 0;
  for (const candidate of candidates) {
    if (position++ < skip) continue;
    yield candidate;
    if (limit > 0 && position >= skip + limit) return;
  }
}

/** Plans a query over a collection; running it gives the matching documents in order. */
export function prepareQuery(collection: Collection, request: QueryRequest): PlannedQuery {
  const { filter, sort = [], skip = 0, limit = 0, hint } = request;
  const plan = planQuery(collection, filter, sort, { hint, limit: limit === 0 ? 0 : skip + limit });
  const counts = { keys: 0, documents: 0 };
  const needsSort = sort.length > 0 && !plan.isSorted;
  return {
    collection,
    request,
    plan,
    counts,
    needsSort,
    run() {
      const matches = plan.isExact ? plan.candidates(counts) : matching(plan.candidates(counts), filter);
      const sorted = needsSort ? sortItems(matches, sort, documentOf, sizeOf, limit === 0 ? 0 : skip + limit) : matches;
      return skip === 0 && limit === 0 ? sorted : window(sorted, skip, limit);
    },
  };
}

/** How many documents match; the collection's own counter answers where every one does. */
export function countMatches(collection: Collection, request: QueryRequest): number {
  const { skip = 0, limit = 0, filter } = request;
  const isEverything = filter.isExact && filter.conditions.length === 0 && request.hint === undefined;
  if (isEverything) {
    const count = Math.max(0, collection.count - skip);
    return limit === 0 ? count : Math.min(count, limit);
  }
  let count = 0;
  for (const _ of prepareQuery(collection, request).run()) count++;
  return count;
}

/** The array position by which a document that matches does so. */
export function matchDetails(filter: Filter, document: Document): MatchDetails {
  const details: MatchDetails = { arrayIndex: undefined };
  filter.matches(document, details);
  return details;
}

/** The first match, with the array position that a `$` stands for. */
export function findFirst(
  collection: Collection,
  request: QueryRequest,
): { candidate: Candidate; details: MatchDetails } | undefined {
  for (const candidate of prepareQuery(collection, { ...request, limit: 1 }).run()) {
    return { candidate, details: matchDetails(request.filter, candidate.document) };
  }
  return undefined;
}
