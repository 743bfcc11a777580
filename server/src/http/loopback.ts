import type { IncomingMessage } from 'node:http';
import { loopbackHosts } from '@latchkey/shared/loopback';

/** Headers by which a proxy shows itself. One on this machine calls from loopback too. */
const proxyHeaders = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'];

/** Whether a host, with or without a port, is this machine by name. */
export const isLoopback = (host: string | undefined): boolean =>
  host !== undefined && (host === '::1' || loopbackHosts.includes(host.replace(/:\d+$/, '').toLowerCase()));

/** Whether a request came straight from this machine: under a loopback name, so that no page of another site sent it by DNS rebinding, and through no proxy. */
export const isFromHere = ({ headers }: IncomingMessage): boolean =>
  isLoopback(headers.host) && proxyHeaders.every((name) => headers[name] === undefined);
