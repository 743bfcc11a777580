import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { ProblemNotice, toTrouble } from '../components/form/problem.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { Rows } from '../components/panel.tsx';
import { VisuallyHidden } from '../components/visually-hidden.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { type Problem, refusalOf, toProblem } from '../session/problem.ts';
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
  /** Whether the page shows what it read before: nobody is asked then for what it does by itself. */
  isAside?: boolean;
  children: (data: Data) => ReactNode;
}

/** What has to be confirmed before it is read, if that is what went wrong. */
function questionOf(problem: Problem) {
  const refusal = refusalOf(problem);
  return refusal?.code === 'REAUTHENTICATION_REQUIRED' ? refusal.details : undefined;
}

/** Nobody finds their letters in another field than the one they began in. */
const isTyping = () => document.activeElement?.matches('input, textarea') ?? false;

/** Reads anew because somebody asked for it: what has to be confirmed for it is asked at once. */
export function useAskAgain({ refetch }: { refetch: () => Promise<{ error: unknown }> }) {
  const { client } = useSession();
  return async function askAgain(): Promise<void> {
    const { error } = await refetch();
    const question = error ? questionOf(toProblem(error)) : undefined;
    if (question && (await client.confirm(question))) await refetch();
  };
}

/** A page over one query: a skeleton while it loads, then its data, or the error and a way to ask again. */
export function QueryView<Data>({ query, title, skeleton, isAside = false, children }: QueryViewProps<Data>) {
  const { t } = useLocale();
  const { client } = useSession();
  const wasAsked = useRef(false);
  const { data, error, refetch } = query;

  // Whoever opens a page is asked by itself, once; who cancels that has a button.
  useEffect(() => {
    if (data !== undefined) wasAsked.current = false;
    const question = data === undefined && error ? questionOf(toProblem(error)) : undefined;
    if (!question || isAside || wasAsked.current) return;
    wasAsked.current = true;
    if (isTyping()) return;
    void client.confirm(question).then((isConfirmed) => isConfirmed && refetch());
  }, [data, error, refetch, isAside, client]);

  if (data !== undefined) return children(data);
  if (!error) {
    return (
      <div aria-busy="true">
        {title && <PageHeading title={title} />}
        <VisuallyHidden role="status">{t.common.loading}</VisuallyHidden>
        {skeleton}
      </div>
    );
  }
  const problem = toProblem(error);
  const question = questionOf(problem);

  async function askAgain() {
    if (!question || (await client.confirm(question))) refetch();
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
