import { appErrorDetails } from '@latchkey/shared/error-details';
import * as schemas from '@latchkey/shared/schemas';
import * as z from 'zod/mini';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a schema checks in code, in words: no JSON schema shows it. */
const rules = new Map<unknown, string>([
  [schemas.newUsername, '3 to 32 of `A-Z a-z 0-9 . _ -`, first and last a letter or digit, no reserved name'],
  [schemas.email, 'an e-mail address'],
  [schemas.personName, '1 to 60 characters, without `<`, `>` and control characters'],
  [schemas.newPassword, '8 to 128 characters of any kind'],
  [schemas.otp, 'the 6 digits of the mail'],
]);

/** The JSON schema of what a client sends (`input`) or receives (`output`), with our own rules as descriptions. */
export const toJsonSchema = (schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      const rule = rules.get(zodSchema);
      if (rule !== undefined) jsonSchema.description = rule;
    },
  });

const literal = (value: unknown) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

function objectText({ properties = {}, required = [] }: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, property]) => {
    if (typeof property === 'boolean') throw new Error(`${name} has no schema`);
    const note = [property.description, 'default' in property && `default ${literal(property.default)}`].filter(
      Boolean,
    );
    const comment = note.length > 0 ? ` // ${note.join(', ')}` : '';
    return `${inner}${name}${required.includes(name) ? '' : '?'}: ${typeText(property, inner)};${comment}\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

/** A JSON schema as TypeScript. */
export function typeText(schema: JsonSchema | boolean, indent = ''): string {
  if (typeof schema === 'boolean') throw new Error('anything goes is no contract');
  const { type, anyOf, items } = schema;
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  if ('const' in schema) return literal(schema.const);
  if (anyOf) return anyOf.map((option) => typeText(option, indent)).join(' | ');
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one }, indent)).join(' | ');
  if (type === 'object') return objectText(schema, indent);
  if (type === 'array' && items && !Array.isArray(items)) {
    const item = typeText(items, indent);
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (type === 'integer') return 'number';
  if (type === 'string' || type === 'number' || type === 'boolean' || type === 'null') return type;
  throw new Error(`no text for ${JSON.stringify(schema)}`);
}

/** The details of a code as TypeScript; undefined where it has none. */
export const detailsText = (code: string): string | undefined =>
  code in appErrorDetails
    ? typeText(toJsonSchema(appErrorDetails[code as keyof typeof appErrorDetails], 'output'))
    : undefined;
