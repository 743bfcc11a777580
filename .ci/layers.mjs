// Checks the layer rules, and that there was something to check: with a compiler it cannot load, dependency-cruiser
// sees no TypeScript module at all and reports success.
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

/** Package: the fewest modules that it has. */
const floor = { server: 50, 'server/embedded-mongo': 50, client: 80, 'client/api': 5, shared: 4 };

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const { output } = await cruise(['server', 'client', 'shared'], { ...options, ruleSet: { forbidden }, validate: true });
const { modules, summary } = output;

const problems = forbidden.flatMap(({ name, comment }) => {
  const breaches = summary.violations.filter(({ rule }) => rule.name === name);
  if (breaches.length === 0) return [];
  const arrows = breaches.map(({ from, to, cycle }) =>
    [from, ...(cycle?.map((step) => step.name) ?? [to])].join(' -> '),
  );
  return [`${name}: ${comment}`, ...arrows.map((arrow) => `  ${arrow}`)];
});
for (const [folder, least] of Object.entries(floor)) {
  const seen = modules.filter(({ source }) => source.startsWith(`${folder}/src/`)).length;
  if (seen < least) problems.push(`only ${seen} modules seen in ${folder}/src, expected at least ${least}`);
}

process.stdout.write(`${problems.map((problem) => `${problem}\n`).join('')}layers: ${modules.length} modules\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
