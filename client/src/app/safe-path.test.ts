import { describe, expect, it } from 'vitest';
import { safePath } from './safe-path.ts';

const origin = 'https://accounts.example.com';

describe('where to go after signing in', () => {
  it('is a path of this app, with its search and fragment', () => {
    expect(safePath('/account/devices?a=1#b', origin)).toBe('/account/devices?a=1#b');
  });

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/.//evil.example/',
    '/./\\evil.example/',
    '/..//evil.example/',
    '/a/..//evil.example/',
    '/.//.//evil.example/',
    '/%2e//evil.example/',
    '/\t/evil.example/',
    'javascript:alert(1)',
    'account',
    '',
    undefined,
    42,
    ['/account'],
  ])('is never %j', (candidate) => {
    expect(safePath(candidate, origin)).toBeUndefined();
  });
});
