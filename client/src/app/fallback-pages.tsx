import { Button } from '@mantine/core';
import { PageHeading } from '../components/page-heading.tsx';
import { ButtonLink } from '../components/text-link.tsx';
import { useLocale } from '../i18n/locale.tsx';
import classes from './fallback-pages.module.css';
import { SiteHeader } from './site-header.tsx';

export function NotFoundPage() {
  const { t } = useLocale();
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <PageHeading title={t.notFound.title} lead={t.notFound.text} />
        <ButtonLink to="/">{t.notFound.home}</ButtonLink>
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
