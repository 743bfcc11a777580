import { describe, expect, it } from 'vitest';
import { duplicateField } from './mongo.ts';

const duplicate = (message: string, more = {}) => Object.assign(new Error(message), { code: 11000, ...more });

describe('the field of a duplicate', () => {
  it.each([
    ['MongoDB', 'E11000 duplicate key error collection: latchkey.users index: emailKey_1 dup key: { emailKey: "a_1" }'],
    ['MongoDB before 4.2', 'E11000 duplicate key error index: latchkey.users.$emailKey_1 dup key: { : "a" }'],
    ['DocumentDB', "Duplicate key violation on the requested collection: Index 'emailKey_1'"],
    ['a service', 'E11000 duplicate key error collection: latchkey.users Index: emailKey_1'],
  ])('is read as %s spells it', (_, message) => {
    expect(duplicateField(duplicate(message))).toBe('emailKey');
  });

  it.each([
    'E11000 duplicate key error collection: latchkey.users index: _id_ dup key: { _id: "a" }',
    "Duplicate key violation on the requested collection: Index '_id_'",
  ])('is the id in: %s', (message) => {
    expect(duplicateField(duplicate(message))).toBe('_id');
  });

  it('comes from the key pattern where there is one', () => {
    const keyPattern = { emailKey: 1 };
    expect(duplicateField(duplicate('… index: usernameKey_1 …', { keyPattern }))).toBe('emailKey');
  });

  it('is unknown where no index is named, and for any other error', () => {
    expect(duplicateField(duplicate('Duplicate key violation on the requested collection'))).toBeUndefined();
    expect(duplicateField(Object.assign(new Error('index: emailKey_1'), { code: 26 }))).toBeUndefined();
  });
});
