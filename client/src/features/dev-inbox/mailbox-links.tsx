import { Anchor } from '@mantine/core';
import { useLocale } from '../../i18n/locale.tsx';
import { useHasInbox } from './mails.ts';

const providers = [
  { name: 'Gmail', url: 'https://mail.google.com/', domains: /^(gmail|googlemail)\./ },
  { name: 'Outlook', url: 'https://outlook.live.com/mail/', domains: /^(outlook|hotmail|live|msn)\./ },
];

/** The way to where a mail was sent: the development inbox, or the website of a large provider of mail. */
export function MailboxLinks({ email }: { email: string }) {
  const { t } = useLocale();
  const hasInbox = useHasInbox();
  const domain = email.split('@').at(-1)?.toLowerCase() ?? '';
  const provider = providers.find(({ domains }) => domains.test(domain));
  if (hasInbox) {
    return (
      <Anchor href="/dev/inbox" target="_blank" rel="noreferrer" size="sm">
        {t.common.devInbox}
      </Anchor>
    );
  }
  return (
    provider && (
      <Anchor href={provider.url} target="_blank" rel="noreferrer" size="sm">
        {t.forgot.openMail(provider.name)}
      </Anchor>
    )
  );
}
