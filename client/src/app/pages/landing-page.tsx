import { KeyMark } from '../../components/key-mark.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { ButtonLink } from '../../components/text-link.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { useSessionState } from '../../session/use-session.ts';
import { SiteHeader } from '../layouts/site-header.tsx';
import classes from './landing-page.module.css';

export function LandingPage() {
  const { t } = useLocale();
  const isKnown = useSessionState().status !== 'signed-out';
  return (
    <>
      <SiteHeader />
      <main id="content" className={classes.main} tabIndex={-1}>
        <section className={classes.hero}>
          <div>
            <PageHeading title={t.landing.title} lead={t.landing.lead} />
            <div className={classes.actions}>
              {isKnown ? (
                <ButtonLink to="/account" size="lg">
                  {t.landing.toAccount}
                </ButtonLink>
              ) : (
                <>
                  <ButtonLink to="/register" size="lg">
                    {t.landing.register}
                  </ButtonLink>
                  <ButtonLink to="/sign-in" size="lg" variant="default">
                    {t.landing.signIn}
                  </ButtonLink>
                </>
              )}
            </div>
          </div>
          <div className={classes.sample} aria-hidden="true">
            <div className={classes.card}>
              <div className={classes.cardHead}>
                <KeyMark size={36} />
                <div>
                  <p className={classes.cardTitle}>{t.landing.sampleMail}</p>
                  <p className={classes.cardNote}>{t.landing.sampleNote}</p>
                </div>
              </div>
              <p className={classes.digits}>
                <span>4</span>
                <span>0</span>
                <span>7</span>
                <span>1</span>
                <span>9</span>
                <span>2</span>
              </p>
            </div>
          </div>
        </section>
        <section className={classes.how}>
          <h2>{t.landing.howTitle}</h2>
          <ol>
            {t.landing.how.map(({ title, text }) => (
              <li key={title}>
                <h3>{title}</h3>
                <p>{text}</p>
              </li>
            ))}
          </ol>
        </section>
      </main>
    </>
  );
}
