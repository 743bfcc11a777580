/** What the choice between plans knows of each. */
export interface WeighedPlan {
  /** Points first for fields bound to values, then for a sort that comes for free; a short index wins ties. */
  score: readonly number[];
  /** In the order of the sort. */
  isSorted: boolean;
  /** The filter says where in the index to look. */
  isBound: boolean;
  /** How many keys it goes through if nothing ends it before, counted up to `most`. */
  countKeys(most: number): number;
}

/**
 * So few keys are read and put in order sooner than an index is walked along in which what matches may be far apart. Walking
 * wins from there on: what matches comes by so often that a page is full soon.
 */
const fewKeys = 1_000;

function compareScores(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The plan with the fewest keys, where one has few. */
function findFew<Plan extends WeighedPlan>(plans: readonly Plan[]): Plan | undefined {
  let fewest: Plan | undefined;
  let most = fewKeys;
  for (const plan of plans) {
    const count = plan.countKeys(most);
    if (count < most) {
      fewest = plan;
      most = count;
    }
  }
  return fewest;
}

/**
 * Chooses a plan that uses an index; undefined where none does better than going through everything. The score alone decides
 * where nothing else comes into question. Else keys are counted, as far as that is cheap: a rare value finds its documents at
 * once, and a frequent one is met soon on the way along the order that is asked for.
 * @param isPage only the first of a sorted result are asked for, and more than one
 */
export function choosePlan<Plan extends WeighedPlan>(plans: readonly Plan[], isPage: boolean): Plan | undefined {
  const ranked = plans
    .filter(({ score }) => score.some((points) => points > 0))
    .sort((a, b) => compareScores(b.score, a.score));
  const [best] = ranked;
  if (best === undefined || !isPage) return best;
  const bound = ranked.filter(({ isBound }) => isBound);
  const sorted = ranked.find(({ isSorted }) => isSorted);
  if (bound.length === 0 || (bound.length === 1 && (best.isSorted || sorted === undefined))) return best;
  return findFew(bound) ?? sorted ?? best;
}
