import type { ReactNode } from 'react';

const paths = {
  sun: (
    <path d="M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4" />
  ),
  moon: <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />,
  eye: (
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.25a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5Z" />
  ),
  eyeOff: (
    <path d="m4 4 16 16M10 5.7c.6-.1 1.300-.2 2-.2 6 0 9.500 6.500 9.500 6.500s-1 1.900-3 3.600M6.400 7.400C3.900 9.200 2.500 12 2.500 12S6 18.500 12 18.500c1.700 0 3.200-.5 4.500-1.200M10 10.100a2.750 2.750 0 0 0 3.900 3.900" />
  ),
  user: (
    <path d="M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.500 20.500c.8-3.500 3.800-5.500 7.500-5.500s6.700 2 7.500 5.500" />
  ),
  users: (
    <path d="M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM2.500 19.500c.6-3 3.200-4.800 6.500-4.800s5.900 1.800 6.500 4.800M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17.500 14.900c2 .6 3.500 2.200 4 4.600" />
  ),
  search: <path d="M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13ZM15.500 15.500 20 20" />,
  mail: <path d="M3.500 6.500h17v11.500h-17zM3.500 7l8.500 6.500L20.500 7" />,
  lock: <path d="M5.500 11h13v9.500h-13zM8.500 11V7.500a3.500 3.500 0 0 1 7 0V11M12 14.500v2.500" />,
  device: <path d="M3.500 5h17v11h-17zM8.500 20h7M12 16v4" />,
  phone: <path d="M7.500 2.500h9a1 1 0 0 1 1 1v17a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-17a1 1 0 0 1 1-1ZM11 18.500h2" />,
  chart: <path d="M4 4v16h16M8.500 16v-4M12.500 16V8M16.500 16v-6" />,
  clock: <path d="M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM12 7.500V12l3 2" />,
  trash: <path d="M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 13.500h9l1-13.500M10.500 11v5.500M13.500 11v5.500" />,
  sliders: <path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5" />,
  terminal: <path d="M3.500 5h17v14h-17zM7 9.500l3 2.500-3 2.500M12.500 15h4" />,
  pencil: <path d="M5 19l1-4L16.500 4.500l3 3L9 18l-4 1Z" />,
  shield: <path d="M12 3.500 5 6v5.500c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6Z" />,
  home: <path d="M4 11.500 12 4.500l8 7V20h-5.500v-5.500h-5V20H4Z" />,
  unlock: <path d="M5.500 11h13v9.500h-13zM8.500 11V7.500a3.500 3.500 0 0 1 6.800-1.200M12 14.500v2.500" />,
  ban: <path d="M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17ZM6 6l12 12" />,
  close: <path d="m6.500 6.500 11 11M17.500 6.500l-11 11" />,
  check: <path d="m5 12.500 4.500 4.500L19 7.500" />,
  alert: <path d="M12 8v5M12 16.500v.01M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17Z" />,
  chevron: <path d="m7 10 5 5 5-5" />,
  arrowLeft: <path d="M19 12H5M11 6l-6 6 6 6" />,
  arrowRight: <path d="M5 12h14M13 6l6 6-6 6" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

/** A line icon. It only decorates: the text beside it, or the label of its button, carries the meaning. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      {paths[name]}
    </svg>
  );
}
