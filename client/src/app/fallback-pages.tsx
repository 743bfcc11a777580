import { Button } from '@mantine/core';
import { PageHeading } from '../components/page-heading.tsx';
import { ButtonLink } from '../components/text-link.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { useSessionState } from '../session/use-session.ts';
import classes from './fallback-pages.module.css';
import { SiteHeader } from './layouts/site-header.tsx';

/** No page has this address. What is around it stays, and the ways on are those of whoever looks. */
export function NotFound() {
  const { t } = useLocale();
  const isSignedOut = useSessionState().status === 'signed-out';
  return (
    <>
      <PageHeading title={t.notFound.title} lead={t.notFound.text} />
      <div className={classes.actions}>
        <ButtonLink to={isSignedOut ? '/sign-in' : '/account'}>
          {isSignedOut ? t.notFound.signIn : t.notFound.account}
        </ButtonLink>
        <ButtonLink to="/" variant="default">
          {t.notFound.home}
        </ButtonLink>
      </div>
    </>
  );
}

export function NotFoundPage() {
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <NotFound />
      </main>
    </>
  );
}

/** A page threw. What is around it stays, and a fresh load is the way on. */
export function Crash() {
  const { t } = useLocale();
  return (
    <>
      <PageHeading title={t.crash.title} lead={t.crash.text} />
      <div className={classes.actions}>
        <Button onClick={() => window.location.reload()}>{t.crash.reload}</Button>
        <Button component="a" href="/" variant="default">
          {t.crash.home}
        </Button>
      </div>
    </>
  );
}

export function CrashPage() {
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Crash />
      </main>
    </>
  );
}
