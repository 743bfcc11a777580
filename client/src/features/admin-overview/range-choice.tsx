import { overviewRanges } from '@latchkey/shared/admin-schemas';
import { Link } from '@tanstack/react-router';
import classes from '../../components/list/pills.module.css';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { type OverviewSearch, usualRange } from './overview-search.ts';

/** How far back the charts go: each range is an address. */
export function RangeChoice() {
  const { overview: t } = useAdminMessages();
  return (
    <nav aria-label={t.range}>
      <ul className={classes.pills}>
        {overviewRanges.map((one) => (
          <li key={one}>
            <Link
              to="/admin"
              search={(one === usualRange ? {} : { range: one }) satisfies OverviewSearch}
              replace
              resetScroll={false}
              activeOptions={{ exact: true }}
            >
              {t.ranges[one]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
