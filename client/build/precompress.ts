import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/**
 * What the page names is part of a first visit and gets the best. The next quality takes less than half of the work for 2 %
 * more bytes; where even that would take seconds, as for the viewer of the REST face, quality 9 does.
 */
const qualityOf = (isNamed: boolean, bytes: number): number => (isNamed ? 11 : bytes > 1_000_000 ? 9 : 10);

/** Writes `.br` and `.gz` beside every text asset, so that no server compresses the same file twice. */
export function precompress(): Plugin {
  return {
    name: 'latchkey-precompress',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      const files = await readdir(dir, { recursive: true });
      const page = await readFile(join(dir, 'index.html'), 'utf8');
      const texts = files.filter((file) => /\.(js|css|svg|html|txt|webmanifest)$/.test(file));
      await Promise.all(
        texts.map(async (file) => {
          const path = join(dir, file);
          const content = await readFile(path);
          const isNamed = file === 'index.html' || page.includes(basename(file));
          const [br, gz] = await Promise.all([
            promisify(brotliCompress)(content, {
              params: { [constants.BROTLI_PARAM_QUALITY]: qualityOf(isNamed, content.length) },
            }),
            promisify(gzip)(content, { level: 9 }),
          ]);
          await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
        }),
      );
    },
  };
}
