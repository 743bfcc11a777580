import { createHash } from 'node:crypto';
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

const policyHeader = 'content-security-policy';
const inlineScripts = /<script>([\s\S]*?)<\/script>/g;

/**
 * Lets the scripts that stand in a page run, each by its hash (CSP Level 3, 8.4), and no other that may get into it.
 * @param html the page as it is sent
 */
export function createPagePolicy(html: string) {
  const hashes = [...html.matchAll(inlineScripts)].map(
    ([, script = '']) => ` 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return (response: ServerResponse): void => {
    const policy = String(response.getHeader(policyHeader) ?? '');
    response.setHeader(policyHeader, policy.replace("script-src 'self'", `$&${hashes.join('')}`));
  };
}
