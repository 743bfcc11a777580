import type { ReactNode } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { ButtonLink } from '../../../components/text-link.tsx';
import type { useMailedLink } from '../../../features/mailed-link/use-mailed-link.ts';
import { Connecting } from '../../restoring.tsx';

interface LinkedPageProps {
  link: Pick<ReturnType<typeof useMailedLink>, 'verdict' | 'secret'>;
  texts: { title: string; lead: string; invalidTitle: string; invalidText: string; wayOn: string };
  children: ReactNode;
}

/** A page that a mailed link leads to: what the link is for, or that it does not work, with the way to a reset. */
export function LinkedPage({ link: { verdict, secret }, texts, children }: LinkedPageProps) {
  if (verdict === 'checking') return <Connecting />;
  if (verdict === 'dead') {
    return (
      <>
        <PageHeading title={texts.invalidTitle} lead={texts.invalidText} />
        <ButtonLink to="/forgot-password">{texts.wayOn}</ButtonLink>
      </>
    );
  }
  return (
    <div key={secret}>
      <PageHeading title={texts.title} lead={texts.lead} />
      {children}
    </div>
  );
}
