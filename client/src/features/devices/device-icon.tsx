import type { SessionItem } from '@latchkey/shared/schemas';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../components/icons.tsx';
import classes from './device-list.module.css';

/** Simple signs of our own, each reminding of a browser; drawn like the other icons. */
const signs: [RegExp, ReactNode][] = [
  [
    /chrom/i,
    <path
      key="chrome"
      d="M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM12 8.500h7.700M9 13.750 5.100 7.100M15 13.750 11.200 20.400"
    />,
  ],
  [
    /firefox/i,
    <path
      key="firefox"
      d="M20 9.500A8.500 8.500 0 1 1 6 6c.2 1.400.8 2.300 1.800 3C9 7.500 10.500 7 12 7.500c-1.500.5-2 1.500-2 2.500 1 .2 1.800.6 2 1.500-1 1.500-3 1-3.500 0 0 2.500 1.800 4 4 4 3 0 4.800-2.500 4.300-5.500M14.500 3.500c2.500 1 4.500 3 5.500 6"
    />,
  ],
  [
    /safari/i,
    <path
      key="safari"
      d="M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM16.500 7.500 13.500 13.500 7.500 16.500 10.500 10.500Z"
    />,
  ],
  [
    /edge/i,
    <path
      key="edge"
      d="M4 13c0-5 3.500-9 8.500-9 4 0 7.500 2.500 7.500 6.500 0 2.500-2 3.500-4 3.500h-2.500M4 13c1-3 3.500-4.500 6-4.500 2 0 3.500 1 3.500 3M10 9c-2 3-1.500 9.500 4 11.500 2 0 4-1 5-2.500M4 13c0 5 5 8.500 10 7.500"
    />,
  ],
  [
    /opera/i,
    <path
      key="opera"
      d="M12 3.500c-4.500 0-7 4-7 8.500s2.500 8.500 7 8.500 7-4 7-8.500-2.500-8.500-7-8.500ZM12 6.500c-2 0-3 2.500-3 5.500s1 5.500 3 5.500 3-2.500 3-5.500-1-5.500-3-5.500Z"
    />,
  ],
];

const isPhone = (system: string) => /android|ios|phone|mobile/i.test(system);

/** What a session runs on: the sign of its browser and, in its corner, of its system; one of the two where that is all. */
export function DeviceIcon({ browser = '', system = '' }: Pick<SessionItem, 'browser' | 'system'>) {
  const sign = signs.find(([name]) => name.test(browser))?.[1];
  const machine: IconName = isPhone(system) ? 'phone' : browser === '' && system === '' ? 'terminal' : 'device';
  return (
    <span className={classes.icon}>
      {sign ? (
        <>
          <svg
            width={24}
            height={24}
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
            aria-hidden="true"
            focusable="false"
          >
            {sign}
          </svg>
          <span className={classes.machine}>
            <Icon name={machine} size={12} />
          </span>
        </>
      ) : (
        <Icon name={machine} size={22} />
      )}
    </span>
  );
}
