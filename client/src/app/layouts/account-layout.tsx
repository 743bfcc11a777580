import type { IconName } from '../../components/icons.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { OutletWhile } from '../restoring.tsx';
import { SideLayout } from './side-layout.tsx';

const places = [
  { to: '/account', key: 'overview', icon: 'home' },
  { to: '/account/profile', key: 'profile', icon: 'user' },
  { to: '/account/email', key: 'email', icon: 'mail' },
  { to: '/account/security', key: 'security', icon: 'lock' },
  { to: '/account/devices', key: 'devices', icon: 'device' },
  { to: '/account/activity', key: 'activity', icon: 'clock' },
  { to: '/account/preferences', key: 'preferences', icon: 'sliders' },
] as const satisfies { to: string; key: string; icon: IconName }[];

/** The place that a page without one of its own belongs to. */
const placeOf: Record<string, string> = {
  '/account/password': '/account/security',
  '/account/delete': '/account/profile',
};

/** The frame of the pages of an account. */
export function AccountLayout() {
  const { t } = useLocale();
  return (
    <SideLayout
      label={t.nav.label}
      places={places.map(({ to, key, icon }) => ({ to, icon, name: t.nav[key] }))}
      placeOf={(pathname) => placeOf[pathname] ?? pathname}
    >
      <OutletWhile status="signed-in" />
    </SideLayout>
  );
}
