import { fieldMessages } from '@latchkey/shared/schemas';
import { ValidationError } from '../../errors.ts';
import { hmac, type Keys, sameMac } from '../tokens/keys.ts';

/** Which list a cursor belongs to: its name with everything that decides what is in it, and in which order. */
export type CursorScope = readonly [list: string, ...unknown[]];

/**
 * Cursors of lists, each sealed by a MAC over the list that it belongs to and the place in it: none can be made up, or be
 * used for another search, filter or order.
 */
export function createCursors({ keys }: { keys: Keys }) {
  const cursorKeys = keys('admin-cursor');
  const sealed = (scope: CursorScope, place: string) => JSON.stringify([scope, place]);

  return {
    seal(scope: CursorScope, position: unknown): string {
      const place = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${place}.${hmac(cursorKeys.current.key, sealed(scope, place))}`;
    },

    /** The position that a cursor holds, as it was sealed. Throws `VALIDATION` for one that is not of this list. */
    open(scope: CursorScope, cursor: string): unknown {
      const [place = '', mac = ''] = cursor.split('.');
      const message = sealed(scope, place);
      if (!cursorKeys.all.some(({ key }) => sameMac(mac, hmac(key, message)))) {
        throw new ValidationError({ cursor: [fieldMessages.invalid] });
      }
      return JSON.parse(Buffer.from(place, 'base64url').toString());
    },
  };
}

export type Cursors = ReturnType<typeof createCursors>;
