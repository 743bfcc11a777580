/**
 * The weight of the first load of the sign-in page: every script it needs before it can be used, as a browser receives it
 * (brotli), and which packages that is made of. Ends with an error above the limit. Needs a build: `vite build`.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const limitBytes = 170_000;
const dist = join(import.meta.dirname, 'dist');
const entries = ['index.html', 'src/i18n/en.ts'];

interface ManifestChunk {
  file: string;
  imports?: string[];
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(dist, path), 'utf8')) as T;
}

const manifest = readJson<Record<string, ManifestChunk>>('.vite/manifest.json');
const composition = readJson<Record<string, Record<string, number>>>('.vite/composition.json');

const needed = new Map<string, ManifestChunk>();
function need(key: string) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`The build has no ${key}`);
  if (needed.has(key)) return;
  needed.set(key, chunk);
  chunk.imports?.forEach(need);
}
entries.forEach(need);

const brotliBytes = (file: string) => statSync(join(dist, `${file}.br`)).size;
const files = [...new Set([...needed.values()].map(({ file }) => file))];
const total = files.reduce((sum, file) => sum + brotliBytes(file), 0);

/** A package's share of a compressed chunk is taken as its share of the chunk's source. */
const packages = new Map<string, number>();
for (const file of files) {
  const owners = Object.entries(composition[file] ?? { latchkey: 1 });
  const sourceBytes = owners.reduce((sum, [, bytes]) => sum + bytes, 0);
  for (const [name, bytes] of owners) {
    packages.set(name, (packages.get(name) ?? 0) + (bytes / sourceBytes) * brotliBytes(file));
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const lines = [
  `First load of the sign-in page, brotli, ${files.length} scripts:`,
  ...[...packages].sort(([, a], [, b]) => b - a).map(([name, bytes]) => `${kilobytes(bytes)}  ${name}`),
  `${kilobytes(total)}  in all, of ${kilobytes(limitBytes).trim()} allowed`,
  `${kilobytes(brotliBytes('index.html'))}  the page itself, with all styles and what is seen first`,
];
process.stdout.write(`${lines.join('\n')}\n`);
if (total > limitBytes) {
  process.stderr.write('The sign-in page is over its limit.\n');
  process.exitCode = 1;
}
