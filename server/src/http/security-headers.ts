import type { ServerResponse } from 'node:http';
import helmet from 'helmet';

const yearSeconds = 31_536_000;

/**
 * Puts the security headers on a response (OWASP HTTP Headers Cheat Sheet). The app needs nothing from elsewhere. They
 * are the same for every response, so helmet is asked once.
 * @param secure whether browsers reach it over https
 * @param includeSubDomains whether every host below this one is https too, which only its operator knows
 */
export function createSecurityHeaders({ secure, includeSubDomains }: { secure: boolean; includeSubDomains: boolean }) {
  const apply = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component library sets its variables in style elements; styles can show, not run.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure && { upgradeInsecureRequests: [] }),
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: secure && { maxAge: yearSeconds, includeSubDomains },
  });

  const headers: [string, string][] = [];
  const recorder = { setHeader: (name: string, value: string) => headers.push([name, value]), removeHeader() {} };
  apply({} as never, recorder as never, () => undefined);

  return (response: ServerResponse): void => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
}
