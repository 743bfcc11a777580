import type { TestApp } from '@latchkey/server/testing';
import type { HourlyCountsRecord } from '../../server/src/infra/stores/hourly-counts-store.ts';
import { stored } from '../../server/test/stored.ts';

const hourMilliseconds = 3_600_000;
const keptMilliseconds = 90 * 24 * hourMilliseconds;

/** So many hours of before as a small site has them, and in the hour that runs somebody who guesses passwords. */
export async function countHours(app: TestApp, hours: number): Promise<void> {
  const thisHour = Math.floor(app.clock.now().getTime() / hourMilliseconds) * hourMilliseconds;
  const records = Array.from({ length: hours }, (_, index): HourlyCountsRecord => {
    const ago = index + 1;
    const _id = new Date(thisHour - ago * hourMilliseconds);
    const busy = 1 + Math.round(8 * Math.max(0, Math.sin(((_id.getUTCHours() - 5) / 24) * 2 * Math.PI)));
    const counts = {
      signIns: 6 * busy,
      failedPasswords: 3,
      wrongCodes: 1,
      limitsHit: ago % 5,
      registrations: busy % 4,
      resetsRequested: ago % 3,
      passwordResets: ago % 2,
      mailsSent: 9 * busy,
    };
    return {
      _id,
      counts,
      ...(ago % 20 === 0 && { mailBacklog: 4 }),
      expiresAt: new Date(_id.getTime() + keptMilliseconds),
    };
  });
  await stored(app).hourlyCounts.insertMany(records);
  await stored(app).hourlyCounts.updateOne(
    { _id: new Date(thisHour) },
    {
      $inc: { 'counts.failedPasswords': 308, 'counts.locks': 7 },
      $setOnInsert: { expiresAt: new Date(thisHour + keptMilliseconds) },
    },
    { upsert: true },
  );
}
