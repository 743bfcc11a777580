import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/**
 * Writes what the package holds beside its code: the page that errors link to, and the declarations: ours, those of the parts of the contract that they use, and the router's type.
 * The router's declaration names the context that its procedures get on the server: nobody outside has one, so a stub
 * stands in for it.
 */
const folder = import.meta.dirname;
const root = join(folder, '../..');
const target = join(folder, 'types');

const contextStub = `/** What procedures get on the server. */
export type Context = object;
/** What procedures declare of themselves on the server. */
export type ProcedureMeta = object;
`;
const contract = ['client-errors', 'errors', 'limits', 'procedure-errors'];
const internal = new Map([
  ['@latchkey/server', 'server/app-router'],
  ['@latchkey/client', 'client'],
  ...contract.map((name) => [`@latchkey/shared/${name}`, `shared/${name}`] as const),
]);

/** Imports as the package has them: relative, and with the extension of the files that run. */
function rewritten(text: string, file: string): string {
  return text
    .replace(/\n\/\/# sourceMappingURL=.*/, '')
    .replace(/(from |import\()(['"])([^'"]+)\2/g, (_, keyword: string, __, specifier: string) => {
      const inside = internal.get(specifier);
      if (inside === undefined && specifier.startsWith('@latchkey/')) throw new Error(`${specifier} is not packed`);
      const path = inside === undefined ? specifier : relative(dirname(file), inside).replace(/^(?!\.)/, './');
      return `${keyword}'${inside === undefined ? path.replace(/^(\..*)\.ts$/, '$1.js') : `${path}.js`}'`;
    });
}

async function write(file: string, text: string): Promise<void> {
  const path = join(target, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, rewritten(text, file));
}

const copy = async (from: string, file: string) => write(file, await readFile(join(root, from), 'utf8'));

await rm(target, { recursive: true, force: true });
for (const name of await readdir(join(folder, 'dist'))) {
  if (name.endsWith('.d.ts')) await copy(`client/api/dist/${name}`, name);
}
await copy('client/api/dist/cli/file-storage.d.ts', 'file-storage.d.ts');
for (const name of contract) await copy(`shared/dist/${name}.d.ts`, `shared/${name}.d.ts`);
await copy('server/dist/trpc/app-router.d.ts', 'server/app-router.d.ts');
await write('server/context.d.ts', contextStub);
await cp(join(root, 'docs/errors.md'), join(folder, 'docs/errors.md'));
