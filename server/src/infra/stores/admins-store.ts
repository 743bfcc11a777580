import { type Connection, isDuplicateKey } from '../mongo.ts';

interface AdminsRecord {
  _id: 'admins';
  ids: string[];
  /** Who is being made one, each with the mark of whoever began that last. */
  joining?: Record<string, string>;
}

const _id = 'admins';

const markOf = (userId: string) => `joining.${userId}`;

/**
 * Who runs the server: one document, so that no two of them can each remove the other. The roles in accounts are copies of
 * it. Somebody joins first and is admitted later, if nobody said otherwise in between.
 */
export function createAdminsStore(connection: Connection) {
  // The driver's own: a list of ids has nothing to be cast.
  const settings = connection.collection<AdminsRecord>('settings');

  return {
    /** By its id only: there is nothing to index. */
    createIndexes: async (): Promise<void> => {},

    async read(): Promise<{ ids: string[]; joining: Record<string, string> }> {
      const { ids = [], joining = {} } = (await settings.findOne({ _id })) ?? {};
      return { ids, joining };
    },

    has: async (userId: string): Promise<boolean> =>
      (await settings.findOne({ _id, ids: userId }, { projection: { _id: 1 } })) !== null,

    /** Begins to make somebody one. Whoever began it before has come second. */
    async join(userId: string, mark: string): Promise<void> {
      const join = () =>
        settings.updateOne({ _id }, { $set: { [markOf(userId)]: mark }, $setOnInsert: { ids: [] } }, { upsert: true });
      try {
        await join();
      } catch (error) {
        // Somebody else made the document in the same moment.
        if (!isDuplicateKey(error)) throw error;
        await join();
      }
    },

    /** Makes one of somebody who is none. Whether it was this call that did. */
    async admit(userId: string, mark: string): Promise<boolean> {
      const result = await settings.updateOne(
        { _id, ids: { $ne: userId }, [markOf(userId)]: mark },
        { $addToSet: { ids: userId }, $unset: { [markOf(userId)]: '' } },
      );
      return result.modifiedCount === 1;
    },

    /** Gives up what was begun with a mark. */
    async giveUp(userId: string, mark: string): Promise<void> {
      await settings.updateOne({ _id, [markOf(userId)]: mark }, { $unset: { [markOf(userId)]: '' } });
    },

    /** Ends whatever would make one of somebody. Whether they are none at that moment. */
    async forgetJoining(userId: string): Promise<boolean> {
      try {
        await settings.updateOne(
          { _id, ids: { $ne: userId } },
          { $unset: { [markOf(userId)]: '' }, $setOnInsert: { ids: [] } },
          { upsert: true },
        );
        return true;
      } catch (error) {
        // The document is there, and they are in it.
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    /**
     * Removes one where another stays, and ends whatever would make them one again. Whether it was this call that did.
     * @param by another one who must still be one
     */
    async remove(userId: string, by?: string): Promise<boolean> {
      const present = by === undefined || by === userId ? [userId] : [userId, by];
      const result = await settings.updateOne(
        { _id, ids: { $all: present }, 'ids.1': { $exists: true } },
        { $pull: { ids: userId }, $unset: { [markOf(userId)]: '' } },
      );
      return result.modifiedCount === 1;
    },

    /** Has others in the place of all of them. Whether they were still those. */
    async replace(before: readonly string[], after: readonly string[]): Promise<boolean> {
      const result = await settings.updateOne({ _id, ids: [...before] }, { $set: { ids: [...after] } });
      return result.matchedCount === 1;
    },
  };
}

export type AdminsStore = ReturnType<typeof createAdminsStore>;
