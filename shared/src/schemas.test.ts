import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { limits } from './limits.ts';
import * as schemas from './schemas.ts';

const accepts = (schema: z.ZodMiniType, value: unknown) => schema.safeParse(value).success;
const messagesOf = (schema: z.ZodMiniType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
const codePoints = (text: string) => [...text].length;

const password = 'correct horse battery staple';
const registration = {
  username: 'ada.l',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  password,
  confirmPassword: password,
};

/** Any text at all: emoji, combining marks, control characters, halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
);
const notText = fc.anything().filter((value) => typeof value !== 'string' && value !== undefined);
const fields = Object.entries({
  username: schemas.username,
  email: schemas.email,
  personName: schemas.personName,
  newPassword: schemas.newPassword,
  otp: schemas.otp,
});
const inputs = Object.entries(schemas).filter(([name]) => name.endsWith('Input')) as [string, z.ZodMiniType][];

describe.each(fields)('the field %s', (_name, schema) => {
  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.anything()), (value) => typeof schema.safeParse(value).success === 'boolean'),
    );
  });

  it('is text, or refused', () => {
    fc.assert(fc.property(notText, (value) => !accepts(schema, value)));
  });

  it('gives what it would accept and give again', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const first = schema.safeParse(value);
        if (first.success) expect(schema.parse(first.data)).toBe(first.data);
      }),
    );
  });

  it('refuses what is too long at once, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: limits.textMaxCodeUnits + 1, maxLength: 3_000 }), (value) => {
        expect(messagesOf(schema, value)).toEqual(['This is too long.']);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a username', () => {
  const letter = fc.constantFrom(...'abcXYZ019');
  const inner = fc.constantFrom(...'abcXYZ019._-');

  it('of 3 to 32 letters, digits, dots, dashes and underscores is accepted and kept', () => {
    const names = fc
      .tuple(letter, fc.array(inner, { minLength: 1, maxLength: 30 }), letter)
      .map(([a, b, c]) => a + b.join('') + c);
    fc.assert(fc.property(names, (name) => schemas.username.parse(name) === name));
  });

  it('that is accepted is ASCII, has its length, and no dot, dash or underscore at its ends', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText, fc.string({ unit: fc.constantFrom(...'aZ9._-＠ａＫ\u200b '), maxLength: 40 })),
        (text) => {
          const { data } = schemas.username.safeParse(text);
          if (data !== undefined) expect(data).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$/);
        },
      ),
    );
  });

  it('of full-width letters or a Kelvin sign is the plain one, and one with invisible letters is none', () => {
    expect(schemas.username.parse('ａｄａ')).toBe('ada');
    expect(schemas.username.parse('\u212aate')).toBe('Kate');
    for (const twin of ['ad\u200ba', 'ad\u0430', 'ada\u0301x', '\u202eada', 'a\u00adda']) {
      expect([twin, accepts(schemas.username, twin)]).toEqual([twin, false]);
    }
  });
});

describe('an e-mail address', () => {
  it('that is usual is accepted, trimmed and otherwise kept', () => {
    const local = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 30 })
      .map((text) => `a${text}a`);
    const domain = fc.stringMatching(/^[a-z]{1,20}\.[a-z]{2,6}$/);
    fc.assert(
      fc.property(local, domain, fc.constantFrom('', ' ', '\t\n'), (name, host, space) => {
        expect(schemas.email.parse(`${space}${name}@${host}${space}`)).toBe(`${name}@${host}`);
      }),
    );
  });

  it('that is accepted is one bare address, whatever was tried', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'ab.@,;:<>()[]"\\ \r\n\t＠，\u2028'), maxLength: 24 });
    const around = fc.tuple(hostile, hostile, hostile).map(([a, b, c]) => `${a}x@${b}example${c}.com`);
    fc.assert(
      fc.property(fc.oneof(anyText, hostile, around), (text) => {
        const { data } = schemas.email.safeParse(text);
        if (data === undefined) return;
        expect(data).toMatch(/^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+\.[A-Za-z]{2,}$/u);
        expect(data.length).toBeLessThanOrEqual(limits.emailMax);
      }),
      { numRuns: 500 },
    );
  });

  it('has at most 254 characters', () => {
    const ofLength = (length: number) => `${'a'.repeat(length - '@example.com'.length)}@example.com`;
    expect(accepts(schemas.email, ofLength(254))).toBe(true);
    expect(accepts(schemas.email, ofLength(255))).toBe(false);
  });
});

describe('a name', () => {
  it('of any script is accepted', () => {
    for (const name of [
      'Ada',
      'Łukasz',
      '李',
      'محمد',
      "O'Brien-Smith",
      'José María',
      'นภา',
      'क्\u200dष',
      '👩‍🚀',
      'A'.repeat(60),
      '😀'.repeat(60),
    ]) {
      expect([name, accepts(schemas.personName, name)]).toEqual([name, true]);
    }
  });

  it('that is accepted has 1 to 60 code points, is well-formed, and holds nothing that could end a line or turn it round', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...'aé<>\r\n\u0000\u0085\u2028\u2029\u202e\u2066\u200f\ufeff\u061c '),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.oneof(anyText, hostile), (text) => {
        const { data } = schemas.personName.safeParse(text);
        if (data === undefined) return;
        expect(codePoints(data)).toBeGreaterThanOrEqual(1);
        expect(codePoints(data)).toBeLessThanOrEqual(limits.nameMax);
        expect(data).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}<>\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
        expect(data).toBe(data.trim().normalize('NFC'));
      }),
      { numRuns: 500 },
    );
  });

  it('is not empty, blank or too long by one', () => {
    for (const name of ['', ' ', '\u3000', 'A'.repeat(61), '😀'.repeat(61)])
      expect([name, accepts(schemas.personName, name)]).toEqual([name, false]);
  });
});

describe('a new password', () => {
  it('is 8 to 128 code points after NFKC, of any kind, and is never changed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const length = codePoints(text.normalize('NFKC'));
        const result = schemas.newPassword.safeParse(text);
        if (text.length > limits.textMaxCodeUnits) expect(result.success).toBe(false);
        else expect(result.success).toBe(length >= limits.passwordMin && length <= limits.passwordMax);
        if (result.success) expect(result.data).toBe(text);
      }),
    );
  });

  it('keeps spaces at its ends and may be nothing but spaces or emoji', () => {
    for (const text of [' '.repeat(8), ` ${password} `, '😀'.repeat(8), '\u0000'.repeat(8)])
      expect(schemas.newPassword.parse(text)).toBe(text);
    expect(accepts(schemas.newPassword, '😀'.repeat(7))).toBe(false);
    // One ligature is eighteen letters when it is compared, so eight of them are too long.
    expect(accepts(schemas.newPassword, '\ufdfa'.repeat(8))).toBe(false);
  });
});

describe('a code', () => {
  it('is six ASCII digits, with or without space around', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
        const code = String(number).padStart(6, '0');
        expect(schemas.otp.parse(` ${code}\n`)).toBe(code);
      }),
    );
    for (const wrong of ['12345', '1234567', '١٢٣٤٥٦', '１２３４５６', '12 456', '-12345', '1e5000', '0x1234', '']) {
      expect([wrong, accepts(schemas.otp, wrong)]).toEqual([wrong, false]);
    }
  });
});

describe('every input', () => {
  it('is known here', () => {
    expect(inputs.length).toBeGreaterThanOrEqual(14);
  });

  it.each(inputs)('%s never throws and refuses what is no object', (_name, schema) => {
    fc.assert(fc.property(fc.anything(), (value) => typeof schema.safeParse(value).success === 'boolean'));
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.anything()), fc.constant(null)),
        (value) => !accepts(schema, value),
      ),
    );
  });

  it.each(inputs)('%s refuses every key that it does not know', (_name, schema) => {
    const keys = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('__proto__', 'constructor', 'role', '$where', 'toString'),
    );
    fc.assert(
      fc.property(keys, fc.jsonValue(), (key, value) => {
        const known = (schema as unknown as { _zod: { def: { shape: object } } })._zod.def.shape;
        fc.pre(!Object.hasOwn(known, key));
        // As JSON.parse makes it: a key of its own, also where it is called __proto__.
        const input: unknown = JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`);
        const unknownKeys = schema
          .safeParse(input)
          .error?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
        expect(unknownKeys).toEqual([key]);
      }),
    );
  });

  it('takes a registration as it is meant, and gives no key that was not given', () => {
    expect(schemas.registerInput.parse(registration)).toEqual(registration);
    expect(Object.keys(schemas.updateProfileInput.parse({}))).toEqual([]);
  });

  it('tells that the passwords differ also while other fields are wrong', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        fc.pre(one !== other);
        const input = { ...registration, username: '!', password: one, confirmPassword: other };
        expect(messagesOf(schemas.registerInput, input)).toContain('Both passwords must match');
      }),
    );
  });

  it('bounds the size of a page', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.integer({ min: 1, max: 100 })), (limit) => {
        const fits = Number.isInteger(limit) && limit >= 1 && limit <= limits.pageSizeMax;
        expect(accepts(schemas.listActivityInput, { limit })).toBe(fits);
      }),
    );
    expect(schemas.listActivityInput.parse({}).limit).toBe(limits.pageSize);
  });
});
