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

/** Something in a page threw, or its code could not be loaded. A fresh load is the way on for both. */
export function CrashPage() {
  const { t } = useLocale();
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <PageHeading title={t.crash.title} lead={t.crash.text} />
        <div className={classes.actions}>
          <Button onClick={() => window.location.reload()}>{t.crash.reload}</Button>
          <Button component="a" href="/" variant="default">
            {t.crash.home}
          </Button>
        </div>
      </main>
    </>
  );
}
