import { Button } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { Choice } from '../../components/list/choice.tsx';
import { FilterBar } from '../../components/list/filter-bar.tsx';
import { SearchInput } from '../../components/list/search-input.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { isNarrowed, type UserSearch } from './user-search.ts';

/** As long as typing pauses before the server is asked. */
const pauseMilliseconds = 250;

const flags = { yes: true, no: false } as const;

interface UserFiltersProps {
  search: UserSearch;
  onChange: (change: UserSearch) => void;
  onClear: () => void;
}

/** Whom the list shows, and in which order: by what is typed, and by filters, which a phone shows when asked to. */
export function UserFilters({ search, onChange, onClear }: UserFiltersProps) {
  const { users: t } = useAdminMessages();
  const { q, role, status, verified, sessions, sort } = search;
  const flagOf = (value: boolean | undefined) => (value === undefined ? '' : value ? 'yes' : 'no');
  const count = [role, status, verified, sessions].filter((value) => value !== undefined).length;

  return (
    <FilterBar
      find={<SearchField value={q ?? ''} onChange={(typed) => onChange({ q: typed || undefined })} />}
      opener={t.filters.open(count)}
      oneLine
    >
      <Choice
        label={t.filters.role}
        value={role ?? ''}
        options={{ '': t.filters.anyRole, ...t.filters.roles }}
        onChange={(value) => onChange({ role: value || undefined })}
      />
      <Choice
        label={t.columns.state}
        value={status ?? ''}
        options={{ '': t.filters.anyState, ...t.states }}
        onChange={(value) => onChange({ status: value || undefined })}
      />
      <Choice
        label={t.filters.address}
        value={flagOf(verified)}
        options={{ '': t.filters.anyAddress, ...t.filters.addresses }}
        onChange={(value) => onChange({ verified: value ? flags[value] : undefined })}
      />
      <Choice
        label={t.columns.devices}
        value={flagOf(sessions)}
        options={{ '': t.filters.anyDevices, ...t.filters.devices }}
        onChange={(value) => onChange({ sessions: value ? flags[value] : undefined })}
      />
      {/* A search sorts by what it found. */}
      {q === undefined && (
        <Choice
          label={t.filters.sort}
          value={sort ?? 'date'}
          options={t.filters.sorts}
          onChange={(value) => onChange({ sort: value === 'name' ? value : undefined })}
        />
      )}
      {isNarrowed(search) && (
        <Button variant="subtle" size="sm" px="sm" flex="none" onClick={onClear}>
          {t.filters.clear}
        </Button>
      )}
    </FilterBar>
  );
}

function SearchField({ value, onChange }: { value: string; onChange: (typed: string) => void }) {
  const { users: t } = useAdminMessages();
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const tell = useDebouncedCallback((text: string) => {
    told.current = text;
    onChange(text);
  }, pauseMilliseconds);

  // Another address than the one that typing led to: it was gone back, or the filters were cleared.
  useEffect(() => {
    if (value === told.current) return;
    tell.cancel();
    told.current = value;
    setTyped(value);
  }, [value, tell]);

  return (
    <SearchInput
      label={t.search}
      placeholder={t.searchFor}
      value={typed}
      onChange={(text) => {
        setTyped(text);
        tell(text.trim());
      }}
      onKeyDown={(event) => event.key === 'Enter' && tell.flush()}
    />
  );
}
