import { type ParsedLocation, redirect } from '@tanstack/react-router';
import { readChallenge, writeChallenge } from '../session/challenge.ts';
import type { Session, SignedOutReason } from '../session/session.ts';
import { safePath } from './safe-path.ts';

export interface RouterContext {
  session: Session;
}

interface Entering {
  context: RouterContext;
  location: ParsedLocation;
}

/** Whoever left on purpose is not led back to the page that was left. */
const leadsBack: Partial<Record<SignedOutReason, true>> = { none: true, expired: true, reused: true };

/** For those who are signed in. Others go to the sign-in, and come back here after it. */
export function requireSession({ context, location }: Entering) {
  const state = context.session.get();
  if (state.status !== 'signed-out') return;
  throw redirect({ to: '/sign-in', search: leadsBack[state.reason] ? { next: location.href } : {}, replace: true });
}

/** For those who are not signed in. Whoever is, in this tab or by another, goes on to where they wanted to be. */
export function requireVisitor({ context, location }: Entering) {
  if (context.session.get().status !== 'signed-in') return;
  const wanted = readChallenge('sign-in')?.next ?? new URLSearchParams(location.searchStr).get('next');
  throw redirect({ href: safePath(wanted, window.location.origin) ?? '/account', replace: true });
}

/** For those who wait for the code of a sign-in. */
export function requireChallenge() {
  if (!readChallenge('sign-in')) throw redirect({ to: '/sign-in', replace: true });
}

/** A code that was waited for is done with when somebody is signed in. */
export function forgetChallenge({ context }: { context: RouterContext }) {
  if (context.session.get().status === 'signed-in') writeChallenge('sign-in', undefined);
}
