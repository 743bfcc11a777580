import type { UsersStore } from '../../infra/stores/users/users-store.ts';
import { storedNames } from '../names.ts';

const batchSize = 1_000;

/** Gives accounts that an earlier version made the keys that their names are found by. */
export async function fillNameKeys(users: Pick<UsersStore, 'listWithoutNameKeys' | 'setNameKeys'>): Promise<void> {
  for (;;) {
    const accounts = await users.listWithoutNameKeys(batchSize);
    if (accounts.length === 0) return;
    await users.setNameKeys(
      accounts.map(({ _id, firstName, lastName }) => {
        const { firstNameKey, lastNameKey } = storedNames({ firstName: firstName ?? '', lastName: lastName ?? '' });
        return { _id, firstNameKey, lastNameKey };
      }),
    );
  }
}
