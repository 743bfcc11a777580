import { useNow } from '../../components/clock.ts';
import classes from './device-list.module.css';
import { DeviceRow, type DeviceRowProps } from './device-row.tsx';

/** The live sessions of somebody else, to be looked at. */
export function DevicesOf({ sessions }: { sessions: DeviceRowProps['session'][] }) {
  const now = useNow(60_000);
  return (
    <ul className={classes.list}>
      {sessions.map((session) => (
        <DeviceRow key={session.id} session={session} now={now} />
      ))}
    </ul>
  );
}
