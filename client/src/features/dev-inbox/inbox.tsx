import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './inbox.module.css';

const codePattern = /(?<!\d)\d{6}(?!\d)/;

/** The list of mails and the one that is open, side by side where there is room. */
export function Inbox({ mails }: { mails: CaughtMail[] }) {
  const { t, format } = useLocale();
  const [openId, setOpenId] = useState<string>();
  const open = mails.find(({ id }) => id === openId);

  return (
    <div className={classes.inbox} data-reading={open ? true : undefined}>
      <ul className={classes.list} aria-label={t.inbox.list}>
        {mails.map((mail) => (
          <li key={mail.id}>
            <button
              type="button"
              className={classes.item}
              aria-current={mail.id === openId || undefined}
              onClick={() => setOpenId(mail.id)}
            >
              <span className={classes.subject}>{mail.subject}</span>
              <span className={classes.meta}>
                <span>{mail.to}</span>
                <time dateTime={mail.receivedAt}>{format.dateTime(mail.receivedAt)}</time>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {open ? (
        <Mail key={open.id} mail={open} onClose={() => setOpenId(undefined)} />
      ) : (
        <p className={classes.choose}>{t.inbox.choose}</p>
      )}
    </div>
  );
}

function Mail({ mail, onClose }: { mail: CaughtMail; onClose: () => void }) {
  const { t, format } = useLocale();
  const [copied, setCopied] = useState(false);
  const code = mail.text.match(codePattern)?.[0];

  return (
    <article className={classes.mail}>
      <button type="button" className={classes.back} onClick={onClose}>
        <Icon name="arrowLeft" size={18} /> {t.inbox.all}
      </button>
      <h2>{mail.subject}</h2>
      <dl className={classes.head}>
        <dt>{t.inbox.from}</dt>
        <dd>{mail.from}</dd>
        <dt>{t.inbox.to}</dt>
        <dd>{mail.to}</dd>
        <dt>{t.inbox.received}</dt>
        <dd>{format.dateTime(mail.receivedAt)}</dd>
      </dl>
      {code && (
        <div>
          <Button variant="default" onClick={() => navigator.clipboard.writeText(code).then(() => setCopied(true))}>
            {t.inbox.copyCode(code)}
          </Button>
          <span role="status" className={classes.copied}>
            {copied && t.inbox.copied}
          </span>
        </div>
      )}
      {mail.html ? (
        // No scripts and no origin of ours; links open in a tab of their own.
        <iframe
          className={classes.frame}
          title={t.inbox.frame}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcDoc={`<base target="_blank">${mail.html}`}
        />
      ) : (
        <pre className={classes.text}>{mail.text}</pre>
      )}
    </article>
  );
}
