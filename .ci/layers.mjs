// Checks the layer rules, and that there was something to check: with a compiler it cannot load, dependency-cruiser
// sees no TypeScript module at all and reports success.
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

const floor = { server: 60, client: 60, shared: 3 };

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const { output } = await cruise(Object.keys(floor), { ...options, ruleSet: { forbidden }, validate: true });

const problems = output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
for (const [folder, least] of Object.entries(floor)) {
  const seen = output.modules.filter(({ source }) => source.startsWith(`${folder}/src/`)).length;
  if (seen < least) problems.push(`only ${seen} modules seen in ${folder}/src, expected at least ${least}`);
}

process.stdout.write(`${problems.map((problem) => `${problem}\n`).join('')}layers: ${output.modules.length} modules\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
