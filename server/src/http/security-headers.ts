import helmet from 'helmet';

const yearSeconds = 31_536_000;

/**
 * The security headers of every response (OWASP HTTP Headers Cheat Sheet). The app needs nothing from elsewhere.
 * @param secure whether browsers reach it over https
 * @param includeSubDomains whether every host below this one is https too, which only its operator knows
 */
export function createSecurityHeaders({ secure, includeSubDomains }: { secure: boolean; includeSubDomains: boolean }) {
  return helmet({
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
}
