import type { ActivityItem } from '@latchkey/shared/schemas';

/** A code is good for no longer. */
const codeMilliseconds = 15 * 60_000;

/**
 * A sign-in has two events, the code and the session that it opened. The code that was used is left out: it is the last
 * one before that the same device asked for. Its address may be another, as of a phone on its way.
 */
export function oneRowASignIn<Item extends Pick<ActivityItem, 'id' | 'type' | 'at' | 'device'>>(items: Item[]): Item[] {
  const used = new Set<string>();
  for (const signIn of items) {
    if (signIn.type !== 'signed-in') continue;
    const code = items.find(({ id, type, at, device }) => {
      const age = Date.parse(signIn.at) - Date.parse(at);
      return type === 'code-sent' && device === signIn.device && age >= 0 && age <= codeMilliseconds && !used.has(id);
    });
    if (code) used.add(code.id);
  }
  return items.filter(({ id }) => !used.has(id));
}
