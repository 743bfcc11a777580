import { type Connection, isDuplicateKey } from '../mongo.ts';

interface AdminsRecord {
  _id: 'admins';
  ids: string[];
}

const _id = 'admins';

/**
 * Who runs the server: one document, so that no two of them can each remove the other. The roles in accounts are copies of
 * it.
 */
export function createAdminsStore(connection: Connection) {
  // The driver's own: a list of ids has nothing to be cast.
  const settings = connection.collection<AdminsRecord>('settings');

  return {
    /** By its id only: there is nothing to index. */
    createIndexes: async (): Promise<void> => {},

    list: async (): Promise<string[]> => (await settings.findOne({ _id }))?.ids ?? [],

    has: async (userId: string): Promise<boolean> =>
      (await settings.findOne({ _id, ids: userId }, { projection: { _id: 1 } })) !== null,

    async add(userId: string): Promise<void> {
      const add = () => settings.updateOne({ _id }, { $addToSet: { ids: userId } }, { upsert: true });
      try {
        await add();
      } catch (error) {
        // Somebody else made the document in the same moment.
        if (!isDuplicateKey(error)) throw error;
        await add();
      }
    },

    /**
     * Removes one where another stays. Whether it was this call that did.
     * @param by another one who must still be one
     */
    async remove(userId: string, by?: string): Promise<boolean> {
      const present = by === undefined || by === userId ? [userId] : [userId, by];
      const result = await settings.updateOne(
        { _id, ids: { $all: present }, 'ids.1': { $exists: true } },
        { $pull: { ids: userId } },
      );
      return result.modifiedCount === 1;
    },

    /** Keeps of them those only who are given, all of them accounts. */
    async keepOnly(userIds: readonly string[]): Promise<void> {
      await settings.updateOne({ _id }, { $pull: { ids: { $nin: [...userIds] } } });
    },
  };
}

export type AdminsStore = ReturnType<typeof createAdminsStore>;
