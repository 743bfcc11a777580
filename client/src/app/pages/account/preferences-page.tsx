import { Skeleton } from '@mantine/core';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { ColorSchemeChoice } from '../../../features/preferences/color-scheme-choice.tsx';
import { LanguageChoice } from '../../../features/preferences/language-choice.tsx';
import { TimeZoneChoice } from '../../../features/preferences/time-zone-choice.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function PreferencesPage() {
  const { t } = useLocale();
  const me = trpc.user.me.useQuery();
  return (
    <>
      <PageHeading title={t.preferences.title} lead={t.preferences.lead} />
      <QueryView query={me} skeleton={<Skeleton height={360} radius="lg" />}>
        {(user) => (
          <Panel>
            <Rows>
              <LanguageChoice look="field" />
              <TimeZoneChoice user={user} />
              <ColorSchemeChoice />
            </Rows>
          </Panel>
        )}
      </QueryView>
    </>
  );
}
