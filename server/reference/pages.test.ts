import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exampleInput } from './examples.ts';
import { accountSchema, apiPage, errorsPage, listProcedures, openApiPage } from './pages.ts';
import { toJsonSchema } from './type-text.ts';

const docs = new URL('../../docs/', import.meta.url);

describe('the API reference', () => {
  it.each([
    ['api.md', apiPage],
    ['errors.md', errorsPage],
  ])('%s is up to date: else run pnpm docs:api', async (file, page) => {
    expect(await readFile(new URL(file, docs), 'utf8')).toBe(page());
  });

  it.each([
    ['account-record.schema.json', accountSchema],
    ['openapi.json', openApiPage],
  ])('%s says what it should: else run pnpm docs:api', async (file, page) => {
    expect(JSON.parse(await readFile(new URL(file, docs), 'utf8'))).toEqual(JSON.parse(page()));
  });

  it.each(listProcedures())('shows an input that $path accepts', ({ input }) => {
    if (input) expect(input.safeParse(exampleInput(toJsonSchema(input, 'input'))).error).toBeUndefined();
  });

  it.each(listProcedures())('knows what comes out of $path', ({ output }) => {
    expect(toJsonSchema(output, 'output')).toMatchObject({ type: expect.stringMatching(/^(object|array)$/) });
  });
});
