import { loopbackHosts } from '@latchkey/shared/loopback';

/** Whether a host, with or without a port, is this machine by name. */
export const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && (host === '::1' || loopbackHosts.includes(host.replace(/:\d+$/, '').toLowerCase()));
