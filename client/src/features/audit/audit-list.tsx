import type { AuditItem } from '@latchkey/shared/admin-schemas';
import { Skeleton } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { EventDays } from '../../components/event-days.tsx';
import { TextLink } from '../../components/text-link.tsx';
import { VisuallyHidden } from '../../components/visually-hidden.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './audit-list.module.css';
import { AccountName, Sentence, sentenceText } from './sentence.tsx';

/** What happened, by days, each as a sentence with the time of the reader's clock and more to be opened. */
export function AuditList({ items, isOld }: { items: AuditItem[]; isOld: boolean }) {
  return (
    <div className={classes.frame} aria-busy={isOld}>
      <EventDays items={items}>{(item) => <AuditRow item={item} />}</EventDays>
    </div>
  );
}

/** What the server or its terminal did came from no device, and of an account that is gone none is known any more. */
const isFromDevice = ({ ip, actor }: AuditItem) => ip !== '' && actor !== 'cli';

function AuditRow({ item }: { item: AuditItem }) {
  const { t: common, format } = useLocale();
  const { audit: t } = useAdminMessages();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={classes.row}>
      <time className={classes.time} dateTime={item.at} title={format.exact(item.at)}>
        {format.time(item.at)}
      </time>
      <div className={classes.what}>
        <p className={classes.sentence}>
          <Sentence item={item} />
        </p>
        {item.reason !== null && <p className={classes.reason}>{t.reason(item.reason)}</p>}
      </div>
      {isFromDevice(item) && (
        <p className={classes.origin}>
          {common.devices.nameOf(item)}
          <span>{item.ip}</span>
        </p>
      )}
      <details className={classes.details} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span aria-hidden="true">{t.details}</span>
          <VisuallyHidden>{t.detailsOf(sentenceText(item, t))}</VisuallyHidden>
        </summary>
        {isOpen && <Particulars item={item} />}
      </details>
    </div>
  );
}

/** Everything that is known of an event, and the ways on from it. */
function Particulars({ item }: { item: AuditItem }) {
  const { t: common, format } = useLocale();
  const { audit: t } = useAdminMessages();
  const { id, at, type, userId, username, actor, actorName, sessionId, ip, details } = item;
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={t.time}>
          {format.exact(at)} <span className={classes.dimmed}>{at}</span>
        </Fact>
        {userId !== null && (
          <Fact name={t.account}>
            <AccountName id={userId} name={username} /> <code>{userId}</code>
          </Fact>
        )}
        {actor !== null && (
          <Fact name={t.actor}>
            {actor === 'cli' ? (
              t.terminal
            ) : (
              <>
                <AccountName id={actor} name={actorName} /> <code>{actor}</code>
              </>
            )}
          </Fact>
        )}
        {isFromDevice(item) && <Fact name={common.devices.device}>{common.devices.nameOf(item)}</Fact>}
        {isFromDevice(item) && (
          <Fact name={common.devices.ip}>
            <code>{ip}</code>
          </Fact>
        )}
        {sessionId !== null && (
          <Fact name={t.session}>
            <code>{sessionId}</code>
          </Fact>
        )}
        {details.map(({ name, value }) => (
          <Fact key={name} name={t.particulars[name] ?? name}>
            <code>{value}</code>
          </Fact>
        ))}
        <Fact name={t.event}>
          <code>
            {type} · {id}
          </code>
        </Fact>
      </dl>
      <p className={classes.ways}>
        {userId !== null && (
          <TextLink to="/admin/audit" inherit search={{ user: userId }}>
            {t.onlyAccount}
          </TextLink>
        )}
        {actor !== null && (
          <TextLink to="/admin/audit" inherit search={{ by: actor }}>
            {t.onlyActor}
          </TextLink>
        )}
        <TextLink to="/admin/audit" inherit search={{ type }}>
          {t.onlyType}
        </TextLink>
      </p>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The list while the first page of it comes, in the shape of what comes. */
export function WaitingEvents() {
  return (
    <div className={`${classes.frame} ${classes.waiting}`}>
      {Array.from({ length: 8 }, (_, row) => (
        <Skeleton key={row} height={44} />
      ))}
    </div>
  );
}

/** In the place of the list where nothing is in it, with a way on. */
export function NoEvents({ children }: { children: ReactNode }) {
  return <div className={`${classes.frame} ${classes.none}`}>{children}</div>;
}
