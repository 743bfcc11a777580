import { Badge, Skeleton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ConfirmButton } from '../../components/form/confirm-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel } from '../../components/panel.tsx';
import { ButtonLink } from '../../components/text-link.tsx';
import { Inbox } from '../../features/dev-inbox/inbox.tsx';
import { clearMails, useInbox } from '../../features/dev-inbox/mails.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { SiteHeader } from '../layouts/site-header.tsx';
import classes from './inbox-page.module.css';

export function InboxPage() {
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <InboxContent />
      </main>
    </>
  );
}

function InboxContent() {
  const { t } = useLocale();
  const inbox = useInbox();
  const clear = useMutation({ mutationFn: clearMails });
  if (inbox.status === 'off') {
    return (
      <>
        <PageHeading title={t.inbox.off} lead={t.inbox.offText} />
        <ButtonLink to="/">{t.notFound.home}</ButtonLink>
      </>
    );
  }
  return (
    <>
      <div className={classes.head}>
        <PageHeading title={t.inbox.title} lead={t.inbox.lead} />
        {inbox.status === 'open' && (
          <div className={classes.tools}>
            {inbox.mails.length > 0 && (
              <ConfirmButton
                label={t.inbox.clear}
                confirmLabel={t.inbox.clearAll(inbox.mails.length)}
                isPending={clear.isPending}
                onConfirm={() => clear.mutate()}
              />
            )}
            <Badge variant="light" color={inbox.isLive ? 'pine' : 'gray'} size="lg" role="status">
              {inbox.isLive ? t.inbox.live : t.inbox.reconnecting}
            </Badge>
          </div>
        )}
      </div>
      {inbox.status === 'loading' && <Skeleton height={240} radius="lg" />}
      {(inbox.status === 'failed' || clear.isError) && <Notice tone="bad">{t.problem.unreachable}</Notice>}
      {inbox.status === 'open' &&
        (inbox.mails.length > 0 ? (
          <Inbox mails={inbox.mails} />
        ) : (
          <Panel>
            <h2 className={classes.emptyTitle}>{t.inbox.empty}</h2>
            <p className={classes.emptyText}>{t.inbox.emptyText}</p>
          </Panel>
        ))}
    </>
  );
}
