import { Text } from '@mantine/core';
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router';
import { Notice } from '../../../components/notice.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { SignInForm } from '../../../features/sign-in/sign-in-form.tsx';
import type { Messages } from '../../../i18n/en.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { writeChallenge } from '../../../session/challenge.ts';
import type { SignedOutReason } from '../../../session/session.ts';
import { useSessionState } from '../../../session/use-session.ts';
import classes from './entry-page.module.css';

interface Word {
  tone: 'info' | 'good';
  text: string;
}

function wordFor(reason: SignedOutReason, t: Messages, until: string): Word | undefined {
  switch (reason) {
    case 'none':
      return undefined;
    case 'signed-out':
      return { tone: 'good', text: t.signIn.signedOut };
    case 'expired':
      return { tone: 'info', text: t.signIn.expired };
    case 'reused':
      return { tone: 'info', text: t.signIn.reused };
    case 'account-deleted':
      return { tone: 'good', text: t.signIn.accountDeleted };
    case 'account-closed':
      return { tone: 'info', text: t.signIn.accountClosed(until) };
    case 'password-reset':
      return { tone: 'good', text: t.signIn.passwordReset };
    case 'email-restored':
      return { tone: 'good', text: t.signIn.emailRestored };
  }
}

export function SignInPage() {
  const { t, format } = useLocale();
  const navigate = useNavigate();
  const { next } = useSearch({ from: '/entry/visitor/sign-in' });
  const { carried } = useLocation().state;
  const state = useSessionState();
  const until = state.status === 'signed-out' && state.until ? format.dateTime(state.until) : '';
  const reasonWord = state.status === 'signed-out' ? wordFor(state.reason, t, until) : undefined;
  const registered: Word | undefined = carried?.justRegistered
    ? { tone: 'good', text: t.signIn.registered }
    : undefined;
  const word = registered ?? reasonWord ?? (next ? { tone: 'info', text: t.signIn.needed } : undefined);

  return (
    <>
      <PageHeading title={t.signIn.title} lead={word ? undefined : t.signIn.lead} />
      {word && (
        <div className={classes.notice}>
          <Notice tone={word.tone}>{word.text}</Notice>
        </div>
      )}
      <SignInForm
        username={carried?.name ?? ''}
        onChallenge={(challenge) => {
          writeChallenge('sign-in', { ...challenge, next });
          void navigate({ to: '/code' });
        }}
      />
      <Text className={classes.footer}>
        {t.signIn.newHere} <TextLink to="/register">{t.signIn.register}</TextLink>
      </Text>
    </>
  );
}
