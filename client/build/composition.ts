import type { Plugin } from 'vite';

/** Writes which package has how many bytes in each chunk; `size.ts` reads it. */
export function composition(): Plugin {
  return {
    name: 'latchkey-composition',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks: Record<string, Record<string, number>> = {};
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const owners: Record<string, number> = {};
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const owner = id
            .split('/node_modules/')
            .at(-1)
            ?.match(/^(@[^/]+\/[^/]+|[^/@]+)\//)?.[1];
          const name = id.includes('/node_modules/') && owner ? owner : 'latchkey';
          owners[name] = (owners[name] ?? 0) + renderedLength;
        }
        chunks[chunk.fileName] = owners;
      }
      this.emitFile({ type: 'asset', fileName: '.vite/composition.json', source: JSON.stringify(chunks) });
    },
  };
}
