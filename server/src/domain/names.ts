/** The form under which a name or address is unique: NFKC and lower case. */
export const canonicalKey = (name: string): string => name.trim().normalize('NFKC').toLowerCase();

/** Where to look a sign-in name up: a name with `@` is an e-mail address, any other a username. */
export function nameKeyOf(name: string): { usernameKey: string } | { emailKey: string } {
  const key = canonicalKey(name);
  return key.includes('@') ? { emailKey: key } : { usernameKey: key };
}

/** `alice@example.com` as `a***@example.com`: enough for its owner to know it again. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}
