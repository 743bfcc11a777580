import { Button } from '@mantine/core';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon } from '../../components/icons.tsx';
import { TextLink } from '../../components/text-link.tsx';
import { ColorSchemeChoice } from '../../features/preferences/color-scheme-choice.tsx';
import { LanguageChoice } from '../../features/preferences/language-choice.tsx';
import { initialsOf } from '../../i18n/initials.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { useSessionState } from '../../session/use-session.ts';
import classes from './account-menu.module.css';

interface AccountMenuProps {
  onSignOut: () => void;
  isLeaving: boolean;
}

/** Who is signed in, how the app looks and speaks, and the way out. */
export function AccountMenu({ onSignOut, isLeaving }: AccountMenuProps) {
  const { t } = useLocale();
  const isSignedIn = useSessionState().status === 'signed-in';
  const { data: user } = trpc.user.me.useQuery(undefined, { enabled: isSignedIn });
  const initials = user ? initialsOf(user) : '';

  return (
    <Disclosure
      label={t.accountMenu.label}
      button={<span className={classes.initials}>{initials || <Icon name="user" />}</span>}
    >
      {(close) => (
        <div className={classes.rows}>
          {user && (
            <div className={classes.who}>
              <p className={classes.name}>
                {user.firstName} {user.lastName}
              </p>
              <p>{user.email}</p>
            </div>
          )}
          <ColorSchemeChoice />
          <LanguageChoice look="field" />
          <TextLink to="/account/preferences" onClick={close} className={classes.link}>
            {t.accountMenu.preferences}
          </TextLink>
          {user?.role === 'admin' && (
            <TextLink to="/admin" onClick={close} className={classes.link}>
              {t.accountMenu.administration}
            </TextLink>
          )}
          <Button
            variant="default"
            fullWidth
            onClick={() => {
              close();
              onSignOut();
            }}
            aria-disabled={isLeaving || undefined}
          >
            {t.common.signOut}
          </Button>
        </div>
      )}
    </Disclosure>
  );
}
