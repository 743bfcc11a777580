const first = (name: string) => [...name][0]?.toLocaleUpperCase() ?? '';

/** What stands for somebody where there is no room for a name. */
export const initialsOf = ({ firstName, lastName }: { firstName: string; lastName: string }): string =>
  first(firstName) + first(lastName);
