import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/icons.tsx';
import { VisuallyHidden } from '../../components/visually-hidden.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './inbox.module.css';
import { MailFrame } from './mail-frame.tsx';

const codePattern = /(?<!\d)\d{6}(?!\d)/;

/** Where list and mail stand side by side, the newest is open from the start. */
const hasRoomForTwo = () => window.matchMedia('(min-width: 56em)').matches;

/** The list of mails and the one that is open, side by side where there is room. */
export function Inbox({ mails }: { mails: CaughtMail[] }) {
  const { t, format } = useLocale();
  const [openId, setOpenId] = useState<string | undefined>(hasRoomForTwo() ? mails[0]?.id : undefined);
  const [read, setRead] = useState<ReadonlySet<string>>(new Set());
  const [wanted, setWanted] = useState('');
  const open = mails.find(({ id }) => id === openId);
  const found = mails.filter(({ subject, to, text }) =>
    `${subject} ${to} ${text}`.toLowerCase().includes(wanted.trim().toLowerCase()),
  );

  function choose(id: string | undefined) {
    setOpenId(id);
    if (id) setRead((before) => new Set(before).add(id));
  }

  return (
    <div className={classes.inbox} data-reading={open ? true : undefined}>
      <div className={classes.side}>
        <TextInput
          type="search"
          aria-label={t.inbox.search}
          placeholder={t.inbox.search}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        {found.length === 0 && <p role="status">{t.inbox.nothingFound}</p>}
        <ul className={classes.list} aria-label={t.inbox.list}>
          {found.map((mail) => (
            <li key={mail.id}>
              <button
                type="button"
                className={classes.item}
                aria-current={mail.id === openId || undefined}
                onClick={() => choose(mail.id)}
                data-unread={(!read.has(mail.id) && mail.id !== openId) || undefined}
              >
                <span className={classes.subject}>
                  {mail.subject}
                  {!read.has(mail.id) && mail.id !== openId && <VisuallyHidden> {t.inbox.unread}</VisuallyHidden>}
                </span>
                <span className={classes.meta}>
                  <span>{mail.to}</span>
                  <time dateTime={mail.receivedAt}>{format.dateTime(mail.receivedAt)}</time>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      {open ? (
        <Mail key={open.id} mail={open} onClose={() => choose(undefined)} />
      ) : (
        <p className={classes.choose}>{t.inbox.choose}</p>
      )}
    </div>
  );
}

function Mail({ mail, onClose }: { mail: CaughtMail; onClose: () => void }) {
  const { t, format } = useLocale();
  const [copied, setCopied] = useState<boolean>();
  const code = mail.text.match(codePattern)?.[0];

  async function copy(text: string) {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  }

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
          <Button variant="default" onClick={() => copy(code)}>
            {t.inbox.copyCode(code)}
          </Button>
          <span role="status" className={classes.copied} data-failed={copied === false || undefined}>
            {copied !== undefined && (copied ? t.inbox.copied : t.inbox.notCopied)}
          </span>
        </div>
      )}
      {mail.html ? <MailFrame html={mail.html} /> : <pre className={classes.text}>{mail.text}</pre>}
    </article>
  );
}
