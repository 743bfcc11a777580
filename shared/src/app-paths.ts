/** The addresses of the app's pages. The server sends the app at any address, and says of all others that nothing is there. */
export const appPaths: readonly string[] = [
  '/',
  '/sign-in',
  '/register',
  '/code',
  '/forgot-password',
  '/reset-password',
  '/undo-email-change',
  '/not-me',
  '/account',
  '/account/profile',
  '/account/email',
  '/account/password',
  '/account/devices',
  '/account/activity',
  '/account/delete',
  '/dev/inbox',
];
