import type { ReactNode } from 'react';
import { PageHeading } from '../../components/page-heading.tsx';
import { ButtonLink } from '../../components/text-link.tsx';

/** The page of a link that does not work, or no longer, with the way to a reset. */
export function InvalidLink({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <>
      <PageHeading title={title} lead={text} />
      <ButtonLink to="/forgot-password">{children}</ButtonLink>
    </>
  );
}
