import type { ActivityItem } from '@latchkey/shared/schemas';
import { describe, expect, it } from 'vitest';
import { oneRowASignIn } from './one-row-a-sign-in.ts';

const event = (type: ActivityItem['type'], minute: number, device = 'Firefox on Linux'): ActivityItem => ({
  id: `${type}-${minute}`,
  type,
  at: new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString(),
  ip: '203.0.113.7',
  device,
});
const rowsOf = (...items: ActivityItem[]) => oneRowASignIn(items).map(({ id }) => id);

describe('the rows of sign-ins', () => {
  it('leave out the code that opened the session, and no other', () => {
    expect(
      rowsOf(event('signed-in', 9), event('code-failed', 8), event('code-sent', 7), event('code-sent', 1)),
    ).toEqual(['signed-in-9', 'code-failed-8', 'code-sent-1']);
  });

  it('pair each sign-in with a code of its own', () => {
    const items = [event('signed-in', 9), event('signed-in', 8), event('code-sent', 7), event('code-sent', 6)];
    expect(rowsOf(...items)).toEqual(['signed-in-9', 'signed-in-8']);
  });

  it('keep a code that another device asked for, or that was over by then', () => {
    expect(rowsOf(event('signed-in', 9), event('code-sent', 8, 'curl'))).toHaveLength(2);
    expect(rowsOf(event('signed-in', 30), event('code-sent', 14))).toHaveLength(2);
  });
});
