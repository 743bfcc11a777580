/** The form under which a name or address is unique: NFKC and lower case. */
export const canonicalKey = (name: string): string => name.trim().normalize('NFKC').toLowerCase();

/** The names of a person as they are stored, each with the form that it is found by. */
export const storedNames = ({ firstName, lastName }: { firstName: string; lastName: string }) => ({
  firstName,
  lastName,
  firstNameKey: canonicalKey(firstName),
  lastNameKey: canonicalKey(lastName),
});

/** Those of the names of a person that change, as they are stored. */
export const changedNames = ({
  firstName,
  lastName,
}: {
  firstName?: string | undefined;
  lastName?: string | undefined;
}) => ({
  ...(firstName !== undefined && { firstName, firstNameKey: canonicalKey(firstName) }),
  ...(lastName !== undefined && { lastName, lastNameKey: canonicalKey(lastName) }),
});

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
