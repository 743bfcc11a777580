import { STATUS_CODES } from 'node:http';
import { appErrorDetails } from '@latchkey/shared/error-details';
import { type AppErrorCode, appErrorMessages, appErrorStatus } from '@latchkey/shared/errors';
import { limits } from '@latchkey/shared/limits';
import { procedureErrors } from '@latchkey/shared/procedure-errors';
import { limitRules } from '../../domain/limits/rules.ts';
import { appRouter } from '../../trpc/app-router.ts';
import type { ProcedureMeta } from '../../trpc/context.ts';
import { snakeCase } from './fields.ts';
import { type JsonSchema, schemaOf, toJsonSchema } from './json-schema.ts';
import { problem, transportRefusals } from './problem.ts';
import { noCredentials, statusOf } from './refusals.ts';
import type { ParameterName, RestRoute } from './route.ts';
import { isOpen, routes } from './routes.ts';

/** One way in which a call can fail: under its code as an example of its status. */
interface Failure {
  status: number;
  code: string;
  contentType: string;
  schema: JsonSchema;
  example: object;
}

const problemSchema = { $ref: '#/components/schemas/Problem' };
const fieldErrors = { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } };

/** Values to show for what an error carries. */
const exampleDetails: Record<string, unknown> = {
  attemptsLeft: 4,
  resendable: false,
  resendAvailableAt: '2026-01-31T09:30:00.000Z',
  retryAfterSeconds: 60,
  reason: 'common',
  maxAgeSeconds: 900,
  methods: ['password'],
};

const ofText = { schema: { type: 'string' } };
const parameterDocs: Record<ParameterName, object> = {
  limit: { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: limits.pageSizeMax } },
  cursor: { name: 'cursor', in: 'query', ...ofText },
  reason: { name: 'X-Reason', in: 'header', required: true, description: 'Why; it is recorded.', ...ofText },
};

const metaOf = ({ procedure }: RestRoute): ProcedureMeta => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta?: ProcedureMeta } }>;
  return procedures[procedure]?._def.meta ?? {};
};

const plainFailure = (status: number, code: string, body: object, schema = schemaOf(body)): Failure => ({
  status,
  code,
  contentType: 'application/json',
  schema,
  example: body,
});

const problemFailure = (status: number, code: string, detail: string, members: object = {}): Failure => {
  const { contentType, body } = problem(status, code, detail, members);
  const schema = { allOf: [problemSchema, { type: 'object', properties: { code: { const: code } } }] };
  return { status, code, contentType, schema, example: body };
};

/** The members that a problem of a code has beside those of every problem. */
function membersOf(code: AppErrorCode): object {
  if (code === 'VALIDATION') return { errors: { password: ['Use at least 8 characters.'] } };
  if (!Object.hasOwn(appErrorDetails, code)) return {};
  const { properties = {} } = toJsonSchema(appErrorDetails[code as keyof typeof appErrorDetails], 'output');
  return Object.fromEntries(Object.keys(properties as object).map((name) => [snakeCase(name), exampleDetails[name]]));
}

/** How a route refuses with a code of its procedure. */
function failuresOf(code: AppErrorCode, { refusals = {} }: RestRoute): Failure[] {
  const own = refusals[code];
  if (own && 'status' in own) {
    if ('body' in own) return [plainFailure(own.status, code, own.body)];
    return [plainFailure(own.status, code, own.example, fieldErrors)];
  }
  const status = statusOf({ code, status: appErrorStatus[code] });
  const ofToken = problemFailure(status, code, appErrorMessages[code], { ...membersOf(code), ...own?.members });
  if (code !== 'UNAUTHENTICATED') return [ofToken];
  return [ofToken, plainFailure(status, 'NO_CREDENTIALS', noCredentials)];
}

/** Everything that can go wrong with a call: in its procedure, and on the way there. */
function listFailures(route: RestRoute): Failure[] {
  const codes = new Set<AppErrorCode>(procedureErrors[route.procedure]);
  if (route.method === 'GET') codes.delete('BAD_ORIGIN');
  else codes.add('BAD_ORIGIN');
  const { broken, tooLong, type } = transportRefusals;
  const onTheWay = route.method === 'GET' ? [] : [broken, tooLong, type];
  return [
    ...(route.missing ? [plainFailure(400, 'MISSING', route.missing.body)] : []),
    ...[...codes].flatMap((code) => failuresOf(code, route)),
    ...onTheWay.map(({ status, code, detail }) => problemFailure(status, code, detail)),
  ];
}

const uniqueSchemas = (failures: Failure[]): JsonSchema => {
  const schemas = [...new Map(failures.map(({ schema }) => [JSON.stringify(schema), schema])).values()];
  return schemas.length === 1 && schemas[0] ? schemas[0] : { anyOf: schemas };
};

function failureResponse(status: number, failures: Failure[]): object {
  const types = [...new Set(failures.map(({ contentType }) => contentType))];
  const content = types.map((type) => {
    const ofType = failures.filter(({ contentType }) => contentType === type);
    const examples = Object.fromEntries(ofType.map(({ code, example }) => [code, { value: example }]));
    return [type, { schema: uniqueSchemas(ofType), examples }];
  });
  const waits = failures.some(({ example }) => 'retry_after_seconds' in example || 'resend_available_at' in example);
  const headers = {
    ...(waits && { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } }),
    ...(status === 401 && { 'WWW-Authenticate': { schema: { type: 'string' } } }),
  };
  return {
    description: STATUS_CODES[status],
    ...(Object.keys(headers).length > 0 && { headers }),
    content: Object.fromEntries(content),
  };
}

function securityOf(route: RestRoute): object[] {
  if (metaOf(route).signedIn) return [{ bearer: [] }];
  return route.security === undefined ? [] : [{ [route.security]: [] }, {}];
}

function requestBody({ body, example }: RestRoute): object {
  if (!body) return {};
  const schema = toJsonSchema(body, 'input');
  const content = { schema, ...(example && { example }) };
  return {
    requestBody: {
      required: ((schema.required as string[] | undefined) ?? []).length > 0,
      content: { 'application/json': content, 'application/x-www-form-urlencoded': content },
    },
  };
}

function operation(route: RestRoute): object {
  const failures = listFailures(route);
  const statuses = [...new Set(failures.map(({ status }) => status))].sort((a, b) => a - b);
  const { limit } = metaOf(route);
  const rule = limit && limitRules[limit];
  const places = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    ...ofText,
  }));
  const parameters = [...places, ...(route.parameters ?? []).map((name) => parameterDocs[name])];
  return {
    operationId: route.operationId ?? route.procedure,
    summary: route.summary,
    ...(rule && { description: `At most ${rule.points} calls in ${rule.seconds / 60} minutes.` }),
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...requestBody(route),
    responses: {
      [route.status ?? 200]: {
        description: 'Done.',
        ...(route.response && { content: { 'application/json': { schema: toJsonSchema(route.response, 'output') } } }),
      },
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          failureResponse(
            status,
            failures.filter((failure) => failure.status === status),
          ),
        ]),
      ),
    },
  };
}

/** The REST face as an OpenAPI 3.1 document, made of the table of calls, their schemas and the list of errors. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes.filter(isOpen)) {
    const path = `${route.path}/`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latchkey',
      version: '1',
      description:
        'Accounts by REST, for clients without tRPC. JSON or forms, with or without the slash at the end. Failures that have no form of old are problems (RFC 9457) with a `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        challenge: {
          type: 'apiKey',
          in: 'cookie',
          name: 'latchkey-challenge',
          description:
            'Set by the login; with `__Secure-` before its name over https. A client without cookies sends `challenge_id`.',
        },
      },
      schemas: {
        Problem: {
          type: 'object',
          description: 'A problem (RFC 9457). Which further members there are depends on its code.',
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string' },
            errors: { ...fieldErrors, description: 'With `VALIDATION`: messages by field.' },
          },
          required: ['type', 'title', 'status', 'detail', 'code'],
        },
      },
    },
  };
}
