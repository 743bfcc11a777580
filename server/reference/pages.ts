import { accountRecord } from '@latchkey/shared/account-record';
import { confirmationCancelled, noResponseReasons } from '@latchkey/shared/client-errors';
import {
  type AppErrorCode,
  appErrorAdvice,
  appErrorCodes,
  appErrorMessages,
  appErrorStatus,
} from '@latchkey/shared/errors';
import { procedureErrors } from '@latchkey/shared/procedure-errors';
import * as z from 'zod/mini';
import { limitRules } from '../src/domain/limits/rules.ts';
import { openApiDocument } from '../src/http/rest/openapi.ts';
import { appRouter } from '../src/trpc/app-router.ts';
import type { ProcedureMeta } from '../src/trpc/context.ts';
import { exampleInput, sourceOf } from './examples.ts';
import { detailsText, toJsonSchema, typeText } from './type-text.ts';

const written = 'Written by `pnpm docs:api` from the router, its schemas and the list of errors; not by hand.';
const fenced = (code: string) => `\`\`\`ts\n${code}\n\`\`\`\n`;

/** What the router knows of a procedure. */
interface Procedure {
  path: keyof typeof procedureErrors;
  type: 'query' | 'mutation' | 'subscription';
  input: z.ZodMiniType | undefined;
  output: z.ZodMiniType;
  meta: ProcedureMeta;
}

/** Every procedure with what it declares, in the order of the routers. */
export function listProcedures(): Procedure[] {
  return Object.entries(appRouter._def.procedures).map(([path, procedure]) => {
    const { type, inputs, output, meta } = (procedure as unknown as { _def: Record<string, unknown> })._def;
    const [input] = inputs as z.ZodMiniType[];
    return { path, type, input, output, meta: meta ?? {} } as Procedure;
  });
}

function spanText(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : `${seconds / 3600} hours`;
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

function declared({ type, meta: { signedIn, confirmed, limit } }: Procedure): string[] {
  const rule = limit && limitRules[limit];
  return [
    `- Kind: ${type}`,
    `- Access token: ${signedIn ? 'needed' : 'not needed'}`,
    ...(confirmed
      ? [
          `- Confirmed within ${spanText(confirmed.maxAgeSeconds)}${confirmed.strength === 'strong' ? ' by a strong factor' : ''} (\`session.confirm\`)`,
        ]
      : []),
    `- Limit: ${rule ? `${rule.points} in ${spanText(rule.seconds)} (\`${limit}\`)` : 'none of its own'}`,
  ];
}

const codeLink = (code: AppErrorCode) => `[\`${code}\`](errors.md#${code.toLowerCase()})`;

function section(procedure: Procedure): string {
  const { path, type, input, output } = procedure;
  const verb = type === 'mutation' ? 'mutate' : type === 'query' ? 'query' : 'subscribe';
  const inputSchema = input && toJsonSchema(input, 'input');
  const example = `await latchkey.${path}.${verb}(${inputSchema ? sourceOf(exampleInput(inputSchema)) : ''});`;
  return [
    `## \`${path}\`\n`,
    `${declared(procedure).join('\n')}\n`,
    fenced(example),
    inputSchema ? `Input:\n\n${fenced(typeText(inputSchema))}` : 'Input: none.\n',
    `Output:\n\n${fenced(typeText(toJsonSchema(output, 'output')))}`,
    `Errors: ${procedureErrors[path].map(codeLink).join(', ')}\n`,
  ].join('\n');
}

/** `docs/api.md`: every procedure with what goes in, what comes out and what can go wrong. */
export function apiPage(): string {
  const procedures = listProcedures();
  return `${[
    '# Procedures\n',
    `${written}\n`,
    '`latchkey` is the typed client, `createLatchkeyClient({ url })`. Over plain HTTP a query is `GET /trpc/<path>?input=<JSON>`,\na mutation `POST /trpc/<path>` with a JSON body and an access token in `Authorization: Bearer`. Dates are ISO strings.\nInputs are strict: a field that is not declared is refused.\n',
    `| procedure | access token | limit |\n| --- | --- | --- |\n${procedures
      .map(
        ({ path, meta }) =>
          `| [\`${path}\`](#${path.toLowerCase().replace('.', '')}) | ${meta.signedIn ? 'yes' : ''} | ${meta.limit ? `\`${meta.limit}\`` : ''} |`,
      )
      .join('\n')}\n`,
    ...procedures.map(section),
  ].join('\n')}`;
}

function errorSection(code: AppErrorCode): string {
  const details = detailsText(code);
  const throwers = listProcedures().filter(({ path }) => (procedureErrors[path] as readonly string[]).includes(code));
  const everywhere = throwers.length === listProcedures().length;
  const thrownBy = everywhere
    ? 'every procedure'
    : throwers.map(({ path }) => `[\`${path}\`](api.md#${path.toLowerCase().replace('.', '')})`).join(', ');
  return [
    `## ${code}\n`,
    `${appErrorStatus[code]}: ${appErrorMessages[code]}\n`,
    `What to do: ${appErrorAdvice[code]}\n`,
    ...(details ? [`Details:\n\n${fenced(details)}`] : []),
    `Thrown by: ${thrownBy || 'no procedure yet'}.\n`,
  ].join('\n');
}

/** What the typed client adds. */
function clientSections(): string {
  const reasons = Object.entries(noResponseReasons).map(
    ([reason, { message, advice }]) => `| \`${reason}\` | ${message} | ${advice} |`,
  );
  return [
    '## NO_RESPONSE\n',
    'Of the typed client: there was no response that could be used. `details.reason` says why.\n',
    `| reason | what happened | what to try |\n| --- | --- | --- |\n${reasons.join('\n')}\n`,
    '## CONFIRMATION_CANCELLED\n',
    `Of the typed client: ${confirmationCancelled.message}\n`,
    `What to do: ${confirmationCancelled.advice}\n`,
  ].join('\n');
}

/** `docs/errors.md`: every code with its status, what it carries, and what to do. */
export function errorsPage(): string {
  return `${[
    '# Error codes\n',
    `${written}\n`,
    "An error of a procedure carries `error.data.app`: `{ code, details? }`, and a `VALIDATION` also `error.data.fieldErrors`: messages\nby field. The list is closed. tRPC's own errors (unknown procedure, wrong method, broken JSON) carry no `app`.\n",
    ...appErrorCodes.map(errorSection),
    clientSections(),
  ].join('\n')}`;
}

/** `docs/account-record.schema.json`: one line of what `export-users` writes and `import-users --from latchkey` reads. */
export const accountSchema = (): string =>
  `${JSON.stringify({ title: 'An account of Latchkey', ...z.toJSONSchema(accountRecord) }, null, 2)}\n`;

/** `docs/openapi.json`: what `/api/openapi.json` serves. */
export const openApiPage = (): string => `${JSON.stringify(openApiDocument(), null, 2)}\n`;
