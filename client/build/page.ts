import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import react from '@vitejs/plugin-react';
import { build } from 'rolldown';
import { build as buildApp, type HtmlTagDescriptor, type Plugin } from 'vite';
import type * as FirstPaint from '../src/app/first-paint.tsx';
import { neededRules } from './needed-rules.ts';

const client = join(import.meta.dirname, '..');
const locales = ['en', 'de'] as const;

/** What a first visit goes on with, by language and by the path of the page; sign-in and overview are in the app itself. */
const nextModules: Record<string, string> = {
  en: 'src/i18n/en.ts',
  de: 'src/i18n/de.ts',
  '/': 'src/app/pages/landing-page.tsx',
  '/register': 'src/app/pages/entry/register-page.tsx',
};

/** What is seen before the app is there: whole pages where nothing is asked of the server first, of others the frame. */
const firstPaints = [
  { name: '/', path: '/', status: 'signed-out' },
  { name: '/sign-in', path: '/sign-in', status: 'signed-out' },
  { name: 'entry', path: '/register', status: 'restoring' },
  { name: 'account', path: '/account', status: 'restoring' },
] as const;

type Bundle = Parameters<Extract<Plugin['generateBundle'], (...args: never[]) => unknown>>[1];

/** Which files the language and the page asked for need, beside those that the page names itself, and which stand in it. */
function nextFiles(bundle: Bundle, html: string, sheets: string[]): Record<string, string[]> {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  function filesOf(fileName: string, seen: Set<string>): Set<string> {
    const chunk = chunks.find((candidate) => candidate.fileName === fileName);
    if (!chunk || seen.has(fileName)) return seen;
    seen.add(fileName);
    for (const imported of chunk.imports) filesOf(imported, seen);
    return seen;
  }
  const next = Object.entries(nextModules).map(([name, module]): [string, string[]] => {
    const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
    if (!chunk) throw new Error(`The build has no ${module}`);
    return [name, [...filesOf(chunk.fileName, new Set())].filter((file) => !html.includes(file))];
  });
  const fonts = Object.keys(bundle).filter((file) => file.endsWith('.woff2'));
  return { ...Object.fromEntries(next), font: fonts, style: sheets };
}

/** The styles of all pages but those of administration, which few see: first those of the first load, in their order. */
function sheetsOfThePage(bundle: Bundle, html: string): { fileName: string; source: string }[] {
  const names = new Set([...html.matchAll(/<link rel="stylesheet"[^>]*href="\/([^"]+)">/g)].map(([, name]) => name));
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk' || chunk.moduleIds.some((id) => /src[\\/].*\badmin\b/.test(id))) continue;
    for (const name of chunk.viteMetadata?.importedCss ?? []) names.add(name);
  }
  return [...names].map((fileName = '') => {
    const sheet = bundle[fileName];
    if (sheet?.type !== 'asset') throw new Error(`The build has no ${fileName}`);
    return { fileName, source: String(sheet.source) };
  });
}

/** Draws the first paints as a server would, from the sources of the app. */
async function drawFirstPaints() {
  // It needs nothing from where it lies: all that it imports is in it.
  const outDir = await mkdtemp(join(tmpdir(), 'latchkey-first-paint-'));
  await buildApp({
    root: client,
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    ssr: { noExternal: true, resolve: { conditions: ['latchkey-source', 'module', 'node'] } },
    build: {
      ssr: 'src/app/first-paint.tsx',
      outDir,
      minify: false,
      copyPublicDir: false,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rolldownOptions: {
        checks: { bundlerTimings: false },
        output: { codeSplitting: false, entryFileNames: 'first-paint.mjs' },
      },
    },
  });
  const drawing: typeof FirstPaint = await import(pathToFileURL(join(outDir, 'first-paint.mjs')).href);
  await rm(outDir, { recursive: true });
  const pages = [];
  const overviews = [];
  for (const locale of locales) {
    overviews.push({ id: `overview ${locale}`, ...(await drawing.renderOverview(locale)) });
    for (const { name, path, status } of firstPaints) {
      pages.push({ id: `${name} ${locale}`, ...(await drawing.renderFirstPaint(path, locale, status)) });
    }
  }
  const outlines = Object.entries(drawing.renderOutlines()).map(([name, html]) => ({ id: `outline ${name}`, html }));
  return { outlines, pages, overviews };
}

const container = '<div id="root"></div>';

const template = ({ id, html, texts }: { id: string; html: string; texts?: object }): HtmlTagDescriptor => ({
  tag: 'template',
  attrs: { id, ...(texts && { 'data-texts': JSON.stringify(texts) }) },
  children: html,
  injectTo: 'body',
});

/**
 * Makes the page show something by itself, in one round trip: the styles stand in it, what is seen first stands in
 * templates, and the one script in it, `before-app/before-paint.ts`, shows what fits. The server lets that script run by its hash.
 */
export function page(): Plugin {
  async function beforePaint(): Promise<string> {
    const { output } = await build({
      input: join(client, 'src/before-app/before-paint.ts'),
      output: { format: 'iife', minify: true },
      write: false,
    });
    return output[0].code.trim();
  }

  return {
    name: 'latchkey-page',
    transformIndexHtml: {
      order: 'post',
      async handler(html, { bundle, path }) {
        const isApp = path === '/index.html';
        const bare = bundle ? html.replaceAll(/\s*<link rel="stylesheet"[^>]*>/g, '') : html;
        if (!isApp) return bare;

        // Directly after the container, so that what is seen first is drawn before the rest of the page has been read.
        const script = await beforePaint();
        const begin = (html: string, outlines: string) =>
          html.replace(container, () => `${container}${outlines}<script>${script}</script>`);
        if (!bundle) return begin(bare, '');

        const drawn = await drawFirstPaints();
        const outlines = drawn.outlines.map(({ id, html }) => `<template id="${id}">${html}</template>`).join('');
        const sheets = sheetsOfThePage(bundle, html);
        const names = sheets.map(({ fileName }) => fileName);
        const content = JSON.stringify(nextFiles(bundle, html, names));
        const styles = [...sheets.map(({ source }) => source), drawn.pages[0]?.styles].join('');
        return {
          html: begin(bare, outlines),
          tags: [
            { tag: 'meta', attrs: { name: 'next-code', content }, injectTo: 'head' },
            { tag: 'style', children: neededRules(styles, outlines), injectTo: 'head' },
            { tag: 'style', children: styles, injectTo: 'body' },
            ...[...drawn.pages, ...drawn.overviews].map(template),
          ],
        };
      },
    },
  };
}
