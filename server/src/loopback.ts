const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a host, with or without a port, is this machine by name. */
export const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && (host === '::1' || loopbackHosts.has(host.replace(/:\d+$/, '').toLowerCase()));
