import { Button } from '@mantine/core';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { Icon } from '../icons.tsx';
import classes from './pager.module.css';

interface PagerProps {
  /** The cursor of the page that is shown; undefined for the first. */
  after: string | undefined;
  /** The cursor of the next page; undefined while it is not known, null where there is none. */
  next: string | null | undefined;
}

/**
 * The way through the pages of a list whose cursors lead forward only and stand in the address as `after`. Which pages
 * came before is kept with the entry of the browser's history, so that it outlives a reload.
 */
export function Pager({ after, next }: PagerProps) {
  const { pages: t } = useAdminMessages();
  const navigate = useNavigate();
  const before = useLocation({ select: ({ state }) => state.pagesBefore });
  const pages = after === undefined ? [] : before;
  if (after === undefined && !next) return null;

  function go(cursor: string | undefined, pagesBefore: string[]) {
    void navigate({ to: '.', search: (search) => ({ ...search, after: cursor }), state: { pagesBefore } });
  }

  return (
    <nav className={classes.pager} aria-label={t.label}>
      <p role="status">{pages && t.page(pages.length + 1)}</p>
      <div className={classes.steps}>
        <Button
          variant="default"
          size="sm"
          leftSection={<Icon name="arrowLeft" size={16} />}
          aria-disabled={after === undefined || undefined}
          onClick={() => after !== undefined && go(pages?.at(-1) || undefined, pages?.slice(0, -1) ?? [])}
        >
          {pages ? t.previous : t.first}
        </Button>
        <Button
          variant="default"
          size="sm"
          rightSection={<Icon name="arrowRight" size={16} />}
          aria-disabled={!next || undefined}
          onClick={() => next && go(next, [...(pages ?? []), after ?? ''])}
        >
          {t.next}
        </Button>
      </div>
    </nav>
  );
}
