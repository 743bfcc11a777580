/** The names of one's own machine, as they stand in a URL. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
