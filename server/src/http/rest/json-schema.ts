import { limits } from '@latchkey/shared/limits';
import { email, newPassword, newUsername, otp, personName } from '@latchkey/shared/schemas';
import * as z from 'zod/mini';

/** A JSON schema as OpenAPI 3.1 takes it. */
export type JsonSchema = Record<string, unknown>;

/**
 * What a schema checks in code, where JSON schema would say nothing or less, and what other languages can read: their
 * regular expressions know neither look-behind nor all of Unicode's properties. Lengths are code points.
 */
const told = new Map<unknown, JsonSchema>([
  [newUsername, { minLength: limits.usernameMin, maxLength: limits.usernameMax }],
  [email, { format: 'email', maxLength: limits.emailMax }],
  [personName, { minLength: 1, maxLength: limits.nameMax, pattern: '^[^<>]+$' }],
  [newPassword, { minLength: limits.passwordMin, maxLength: limits.passwordMax }],
  [otp, { minLength: limits.otpDigits, maxLength: limits.otpDigits }],
]);

/** The JSON schema of what a client sends or receives. */
export function toJsonSchema(schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...written } = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      // Its pattern repeats what the format says.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      Object.assign(jsonSchema, told.get(zodSchema));
    },
  }) as JsonSchema;
  return written;
}

/** The schema of a body that is always this one. */
export function schemaOf(value: unknown): JsonSchema {
  if (Array.isArray(value)) return { type: 'array', items: value.length === 1 ? schemaOf(value[0]) : {} };
  if (typeof value !== 'object' || value === null) return { type: typeof value, const: value };
  const entries = Object.entries(value);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, inner]) => [name, schemaOf(inner)])),
    required: entries.map(([name]) => name),
  };
}
