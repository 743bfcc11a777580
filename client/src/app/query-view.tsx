import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemNotice, toTrouble } from '../components/form/problem.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { Rows } from '../components/panel.tsx';
import { VisuallyHidden } from '../components/visually-hidden.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { refusalOf, toProblem } from '../session/problem.ts';
import { useSession } from '../session/use-session.ts';

interface QueryLike<Data> {
  data: Data | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

interface QueryViewProps<Data> {
  query: QueryLike<Data>;
  /** The heading while there is nothing else to say; undefined where the page has its own above. */
  title?: string;
  /** In the shape of what comes, so that nothing jumps. */
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}

/** A page over one query: a skeleton while it loads, then its data, or the error and a way to ask again. */
export function QueryView<Data>({ query, title, skeleton, children }: QueryViewProps<Data>) {
  const { t } = useLocale();
  const { client } = useSession();
  if (query.data !== undefined) return children(query.data);
  if (!query.error) {
    return (
      <div aria-busy="true">
        {title && <PageHeading title={title} />}
        <VisuallyHidden role="status">{t.common.loading}</VisuallyHidden>
        {skeleton}
      </div>
    );
  }
  const problem = toProblem(query.error);
  const refusal = refusalOf(problem);
  const question = refusal?.code === 'REAUTHENTICATION_REQUIRED' ? refusal.details : undefined;

  /** Reading by itself opens no dialog: the person does. */
  async function askAgain() {
    if (!question || (await client.confirm(question))) query.refetch();
  }

  return (
    <>
      {title && <PageHeading title={title} />}
      <Rows>
        <ProblemNotice trouble={toTrouble(problem)} takesFocus={false} />
        <div>
          <Button onClick={askAgain} aria-disabled={query.isFetching || undefined}>
            {question ? t.confirm.open : t.common.tryAgain}
          </Button>
        </div>
      </Rows>
    </>
  );
}
