import { auditEventTypes } from '@latchkey/shared/schemas';
import { Button, TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { Choice } from '../../components/list/choice.tsx';
import { FilterBar } from '../../components/list/filter-bar.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { AccountField } from './account-field.tsx';
import classes from './audit-filters.module.css';
import { type AuditSearch, countFilters } from './audit-search.ts';
import { shortId } from './short-id.ts';

/** There are few administrators. */
const listedAdmins = 100;

interface AuditFiltersProps {
  search: AuditSearch;
  /** Whether the server lets us read: what else is asked of it waits for that. */
  isReadable: boolean;
  onChange: (change: AuditSearch) => void;
  onClear: () => void;
}

/** Which events are shown: of whom, by whom, of which kind and from when, which a phone shows when asked to. */
export function AuditFilters({ search, isReadable, onChange, onClear }: AuditFiltersProps) {
  const { t: common, locale } = useLocale();
  const { audit } = useAdminMessages();
  const t = audit.filters;
  const admins = trpc.admin.listUsers.useQuery({ role: 'admin', limit: listedAdmins }, { enabled: isReadable });
  const { user, by, type, from, to } = search;
  const count = countFilters(search);
  const besides = count - (user === undefined ? 0 : 1);

  const actors = Object.fromEntries(admins.data?.items.map(({ id, username }) => [id, `@${username}`]) ?? []);
  // Whoever did it may be no administrator any more.
  const former = by === undefined || by === 'cli' || by in actors ? {} : { [by]: shortId(by) };
  const kinds = [...auditEventTypes]
    .map((kind) => [kind, common.activity.types[kind]] as const)
    .sort(([, left], [, right]) => left.localeCompare(right, locale));

  return (
    <FilterBar
      find={<AccountField userId={user} onChange={(userId) => onChange({ user: userId })} />}
      opener={t.open(besides)}
    >
      <Choice<string>
        label={t.type}
        value={auditEventTypes.find((known) => known === type) ?? ''}
        options={{ '': t.anyType, ...Object.fromEntries(kinds) }}
        onChange={(value) => onChange({ type: value || undefined })}
      />
      <Choice
        label={t.by}
        value={by ?? ''}
        options={{ '': t.anybody, cli: t.terminal, ...actors, ...former }}
        onChange={(value) => onChange({ by: value || undefined })}
      />
      <div className={classes.moments}>
        <MomentField label={t.from} at={from} onChange={(at) => onChange({ from: at })} />
        <MomentField label={t.to} at={to} onChange={(at) => onChange({ to: at })} />
      </div>
      {count > 0 && (
        <Button variant="subtle" size="sm" px="sm" onClick={onClear}>
          {t.clear}
        </Button>
      )}
    </FilterBar>
  );
}

const minuteMilliseconds = 60_000;

/** A moment as the field has it, by the clock of the reader; empty for none. */
function toLocal(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * minuteMilliseconds).toISOString().slice(0, 16);
}

interface MomentFieldProps {
  label: string;
  at: string | undefined;
  onChange: (at: string | undefined) => void;
}

/** A day and a time. They hold once the field is left: half of them typed would be another moment. */
function MomentField({ label, at, onChange }: MomentFieldProps) {
  const [typed, setTyped] = useState(toLocal(at));
  const [known, setKnown] = useState(at);
  const id = useId();
  // Another address than the one that typing led to: it was gone back, or the filters were cleared.
  if (known !== at) {
    setKnown(at);
    setTyped(toLocal(at));
  }

  function settle() {
    if (typed === toLocal(at)) return;
    const time = Date.parse(typed);
    onChange(Number.isNaN(time) ? undefined : new Date(time).toISOString());
  }

  return (
    <div className={classes.moment} data-set={at !== undefined || undefined}>
      <label htmlFor={id}>{label}</label>
      <TextInput
        id={id}
        type="datetime-local"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={(event) => event.key === 'Enter' && settle()}
      />
    </div>
  );
}
