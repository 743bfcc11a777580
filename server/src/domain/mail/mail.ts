import type { Limits } from '../limits/limits.ts';
import type { Outside } from '../outside.ts';
import { createDelivery } from './delivery.ts';
import type { Minters } from './minters.ts';
import { createNotices } from './notices.ts';
import { createOutbox } from './outbox.ts';
import { createMailWorker } from './worker.ts';

/** The room of mail. It knows no flow: what mints a code or a link is handed to the worker. */
export function createMail({ stores, mailer, site, system, logger, metrics, counters, rules }: Outside & Limits) {
  const store = stores.outbox;
  const outbox = createOutbox({ store, system });
  return {
    outbox,
    notices: createNotices({ outbox, system }),
    createMailWorker: (minters: Minters, onShareFull: (template: string) => Promise<void>) =>
      createMailWorker({
        store,
        outbox,
        system,
        logger,
        delivery: createDelivery({
          store,
          mailer,
          minters,
          onShareFull,
          counters,
          otpInSubject: rules.otpInSubject,
          site,
          logger,
          metrics,
        }),
      }),
  };
}
