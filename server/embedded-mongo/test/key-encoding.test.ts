import { Binary, BSONRegExp, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeKey, KeyWriter } from '../src/values/key-encoding.ts';
import { compareValues } from '../src/values/values.ts';

/** One value after another, as MongoDB sorts them. */
const valuesInOrder: unknown[] = [
  new MinKey(),
  undefined,
  null,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  Decimal128.fromString('-1E6000'),
  -Number.MAX_VALUE,
  -(2n ** 63n),
  -9007199254740993n,
  -9007199254740992,
  -1.5,
  -1n,
  Decimal128.fromString('-0.1'),
  -5e-324,
  Decimal128.fromString('-1E-6000'),
  0,
  Decimal128.fromString('1E-6000'),
  5e-324,
  Decimal128.fromString('0.09999999999999999999999999999999999'),
  Decimal128.fromString('0.1'),
  // The double nearest to a tenth is a little more than a tenth.
  0.1,
  1,
  Decimal128.fromString('1.000000000000000000000000000000001'),
  9007199254740992,
  9007199254740993n,
  Decimal128.fromString('9007199254740993.5'),
  9007199254740994n,
  2n ** 63n - 1n,
  2 ** 63,
  Number.MAX_VALUE,
  Decimal128.fromString('1E6000'),
  Number.POSITIVE_INFINITY,
  '',
  '\0',
  'a',
  'a\0',
  'a\0b',
  'ab',
  'é',
  '\uffff',
  '😀',
  {},
  { a: 1 },
  { a: 2 },
  { b: 1 },
  { a: 'x' },
  [],
  [1],
  [1, 2],
  [2],
  ['a'],
  new Binary(Buffer.from('b')),
  new Binary(Buffer.from('aa')),
  new ObjectId('000000000000000000000001'),
  new ObjectId('ffffffffffffffffffffffff'),
  false,
  true,
  new Date(-1),
  new Date(0),
  new Date(1e12),
  new Timestamp({ t: 1, i: 2 }),
  new Timestamp({ t: 2, i: 1 }),
  new BSONRegExp('a', ''),
  new BSONRegExp('a', 'i'),
  new MaxKey(),
];

it('keys sort as MongoDB compares, ascending and descending', () => {
  const ascending = valuesInOrder.map((value) => encodeKey(value).bytes);
  const descending = valuesInOrder.map((value) => new KeyWriter().append(value, true).finish().bytes);
  for (let i = 1; i < valuesInOrder.length; i++) {
    const pair = `${String(valuesInOrder[i - 1])} < ${String(valuesInOrder[i])}`;
    expect(Buffer.compare(ascending[i - 1] as Buffer, ascending[i] as Buffer), pair).toBeLessThan(0);
    expect(Buffer.compare(descending[i - 1] as Buffer, descending[i] as Buffer), pair).toBeGreaterThan(0);
    expect(compareValues(valuesInOrder[i - 1], valuesInOrder[i]), pair).toBeLessThan(0);
  }
});

it('one number has one key whatever its type', () => {
  const keys = [
    5,
    5n,
    new Double(5),
    Decimal128.fromString('5'),
    Decimal128.fromString('5.000'),
    Decimal128.fromString('0.5E1'),
  ];
  for (const key of keys) expect(encodeKey(key).bytes.equals(encodeKey(5).bytes), String(key)).toBe(true);
  expect(encodeKey(-0).bytes.equals(encodeKey(0).bytes)).toBe(true);
  expect(encodeKey(Decimal128.fromString('NaN')).bytes.equals(encodeKey(Number.NaN).bytes)).toBe(true);
});

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -60, max: 60 }))
    .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom(null, true, false),
  fc.date({ noInvalidDate: true }),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  fc.array(leaf, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b', 'ab'), leaf, { maxKeys: 2, noNullPrototype: true }),
);

it('for any two values the keys agree with the comparison, also side by side in one key', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 2, maxLength: 2 }),
      fc.array(value, { minLength: 2, maxLength: 2 }),
      (left, right) => {
        const keyOf = (values: unknown[]) => new KeyWriter().append(values[0]).append(values[1], true).finish().bytes;
        const first = compareValues(left[0], right[0]);
        const wanted = first !== 0 ? first : compareValues(right[1], left[1]);
        expect(Math.sign(Buffer.compare(keyOf(left), keyOf(right)))).toBe(Math.sign(wanted));
      },
    ),
    { numRuns: 3000 },
  );
});

it('a key over the limit stays unique', () => {
  const long = 'x'.repeat(5000);
  const one = encodeKey(`${long}1`);
  const two = encodeKey(`${long}2`);
  expect(one.truncated).toBe(true);
  expect(one.bytes.length).toBeLessThanOrEqual(1024);
  expect(one.bytes.equals(two.bytes)).toBe(false);
  expect(one.bytes.equals(encodeKey(`${long}1`).bytes)).toBe(true);
});
