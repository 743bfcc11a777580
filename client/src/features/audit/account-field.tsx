import type { AdminUser } from '@latchkey/shared/admin-schemas';
import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Icon } from '../../components/icons.tsx';
import { SearchInput } from '../../components/list/search-input.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { trpc } from '../../session/trpc.ts';
import classes from './account-field.module.css';
import { shortId } from './short-id.ts';

/** As long as typing pauses before the server is asked. */
const pauseMilliseconds = 250;
const shownAtMost = 6;

interface AccountFieldProps {
  userId: string | undefined;
  onChange: (userId: string | undefined) => void;
}

/** The account whose events are looked for: found by the beginning of a name, or taken back. */
export function AccountField({ userId, onChange }: AccountFieldProps) {
  return userId === undefined ? (
    <FindAccount onChoose={onChange} />
  ) : (
    <ChosenAccount userId={userId} onRemove={() => onChange(undefined)} />
  );
}

function ChosenAccount({ userId, onRemove }: { userId: string; onRemove: () => void }) {
  const { audit } = useAdminMessages();
  const t = audit.filters;
  // An account that is gone has no name, and its events are there.
  const user = trpc.admin.getUser.useQuery({ userId }, { retry: false });
  const name = user.data ? `@${user.data.username}` : `${shortId(userId)}`;
  return (
    <Button
      variant="default"
      className={classes.chosen}
      onClick={onRemove}
      aria-label={`${t.accountOf(name)}. ${t.remove}`}
      rightSection={<Icon name="close" size={16} />}
    >
      {name}
    </Button>
  );
}

function FindAccount({ onChoose }: { onChoose: (userId: string) => void }) {
  const { audit } = useAdminMessages();
  const t = audit.filters;
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), pauseMilliseconds);
  const isAsked = asked !== '' && typed.trim() !== '';
  const found = trpc.admin.listUsers.useQuery(
    { search: asked, limit: shownAtMost },
    { enabled: isAsked, placeholderData: (before) => before },
  );
  const users: AdminUser[] = (isAsked && found.data?.items) || [];
  const isSettled = isAsked && !found.isFetching && asked === typed.trim();

  return (
    <div className={classes.field}>
      <SearchInput
        label={t.account}
        placeholder={t.accountFor}
        value={typed}
        onChange={setTyped}
        onKeyDown={(event) => {
          const [first] = users;
          if (event.key === 'Enter' && isSettled && first) onChoose(first.id);
          if (event.key === 'Escape') setTyped('');
        }}
      />
      {isAsked && (
        <div className={classes.found}>
          <p role="status">{isSettled ? users.length === 0 && t.nobody : t.searching}</p>
          {users.map((user) => (
            <button key={user.id} type="button" onClick={() => onChoose(user.id)}>
              <strong>@{user.username}</strong>
              <span>
                {user.firstName} {user.lastName} · {user.email}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
