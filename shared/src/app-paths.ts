/**
 * The addresses of the app's pages, a part that is an id beginning with `$`. The server sends the app at any address, and says
 * of all others that nothing is there.
 */
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
  '/account/security',
  '/account/password',
  '/account/devices',
  '/account/activity',
  '/account/preferences',
  '/account/delete',
  '/admin',
  '/admin/users',
  '/admin/users/$userId',
  '/admin/audit',
  '/dev/inbox',
];

const patterns = appPaths.map((path) => new RegExp(`^${path.replace(/\$\w+/, '[^/]+')}/*$`));

/** Whether the app has a page at a path. */
export const isAppPath = (path: string): boolean => patterns.some((pattern) => pattern.test(path));
