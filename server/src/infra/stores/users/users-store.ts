import mongoose, { Schema } from 'mongoose';
import { type Connection, duplicateField, isDuplicateKey, makeIndexes } from '../../mongo.ts';
import { date, number, schemaOptions, subdocumentOptions, text } from '../schema.ts';
import { findTakenField } from '../taken-fields.ts';
import { createSignedInReads } from './signed-in-reads.ts';
import { adminOperations, type ProfileChanges } from './user-admin-store.ts';
import { type ConfirmedOwner, confirmed, endingOperations, lapsed } from './user-ending-store.ts';
import { listOperations } from './user-list-store.ts';
import { heldNameSchema, nameOperations } from './user-names-store.ts';
import type { EmailUndoRecord, SessionRecord, UserRecord } from './user-record.ts';
import { liveSession, sessionOperations, sessionSchema } from './user-sessions-store.ts';
import { transferOperations } from './user-transfer-store.ts';

const keptEmailUndos = 20;

const emailUndoSchema = new Schema<EmailUndoRecord>(
  { _id: text, email: text, changedAt: date, expiresAt: date },
  subdocumentOptions,
);

const userSchema = new Schema<UserRecord>(
  {
    _id: text,
    externalId: String,
    username: text,
    usernameKey: text,
    // An empty list would be indexed, as a value that two accounts have.
    nameKeys: { type: [String], default: undefined },
    heldNames: { type: [heldNameSchema], default: undefined },
    legacyUsernameKey: String,
    email: text,
    emailKey: text,
    // An imported account may have none.
    firstName: String,
    lastName: String,
    firstNameKey: String,
    lastNameKey: String,
    locale: text,
    timeZone: String,
    passwordHash: text,
    passwordChangedAt: Date,
    credentialVersion: number,
    role: text,
    roleVersion: Number,
    status: text,
    emailVerifiedAt: Date,
    emailCorrections: Number,
    unverifiedUntil: Date,
    closedUntil: Date,
    lastLoginAt: Date,
    createdAt: date,
    browsers: Schema.Types.Mixed,
    sessions: [sessionSchema],
    emailUndos: [emailUndoSchema],
  },
  schemaOptions,
)
  .index({ usernameKey: 1 }, { unique: true })
  .index({ nameKeys: 1 }, { unique: true, sparse: true })
  .index({ emailKey: 1 }, { unique: true })
  .index({ externalId: 1 }, { unique: true, sparse: true })
  .index({ legacyUsernameKey: 1 }, { unique: true, sparse: true })
  .index({ unverifiedUntil: 1 }, { expireAfterSeconds: 0 })
  .index({ closedUntil: 1 }, { expireAfterSeconds: 0 })
  .index({ createdAt: -1, _id: -1 })
  .index({ role: 1, createdAt: -1, _id: -1 })
  .index({ status: 1, createdAt: -1, _id: -1 })
  .index({ emailVerifiedAt: 1, createdAt: -1, _id: -1 })
  .index({ 'sessions.expiresAt': 1 })
  .index({ lastNameKey: 1, firstNameKey: 1, _id: 1 })
  .index({ firstNameKey: 1, _id: 1 });

const { trusted } = mongoose;

type NameKey = { usernameKey: string } | { emailKey: string };

/** The accounts, each one document with its sessions. Every operation is one command with its condition in the filter. */
export function createUsersStore(connection: Connection) {
  const users = connection.model<UserRecord>('User', userSchema, 'users');
  // The driver's own, where nothing is to be cast: what every sign-in and every call does.
  const plain = connection.collection<UserRecord>('users');

  return {
    createIndexes: () => makeIndexes(users),

    /** The field that is taken, or undefined when the account was made. */
    async insert(user: UserRecord): Promise<string | undefined> {
      try {
        await users.insertOne(user);
        return undefined;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return duplicateField(error) ?? findTakenField(users, user);
      }
    },

    ...nameOperations(users),
    ...endingOperations(users),
    ...sessionOperations(users, plain),
    ...transferOperations(users),
    ...listOperations(users),
    ...adminOperations(users),

    findByName: (key: NameKey, now: Date): Promise<UserRecord | null> => plain.findOne({ ...key, $nor: lapsed(now) }),

    /** As `findByName`, for a sign-in: an imported username may look like an address, but whose address it is wins. */
    async findForSignIn(key: NameKey, now: Date): Promise<UserRecord | null> {
      if (!('emailKey' in key)) return this.findByName(key, now);
      const found = await plain
        .find({ $or: [key, { legacyUsernameKey: key.emailKey }], $nor: lapsed(now) }, { limit: 2 })
        .toArray();
      return found.find(({ emailKey }) => emailKey === key.emailKey) ?? found[0] ?? null;
    },

    findById: (userId: string): Promise<UserRecord | null> => plain.findOne({ _id: userId }),

    /** The hashes of some accounts, from a place in the order of ids, which are random: a fair sample. */
    async sampleHashes(from: string, limit: number): Promise<string[]> {
      const read = (id: { $gte: string } | { $lt: string }, most: number) =>
        users
          .find({ _id: trusted(id) }, { passwordHash: 1 })
          .sort({ _id: 1 })
          .limit(most)
          .lean<UserRecord[]>();
      const after = await read({ $gte: from }, limit);
      const before = after.length < limit ? await read({ $lt: from }, limit - after.length) : [];
      return [...after, ...before].map(({ passwordHash }) => passwordHash);
    },

    findSignedIn: createSignedInReads(plain),

    /** The account, if what was confirmed still holds. */
    findConfirmed: (owner: ConfirmedOwner): Promise<UserRecord | null> =>
      users.findOne(confirmed(owner)).lean<UserRecord>(),

    /** Notes of the session in which the password was shown that it was. False where that no longer holds. */
    async confirmSession(owner: ConfirmedOwner): Promise<boolean> {
      const result = await users.updateOne(
        confirmed(owner),
        { $set: { 'sessions.$[own].confirmedAt': owner.now } },
        { arrayFilters: [{ 'own._id': owner.sessionId }] },
      );
      return result.matchedCount === 1;
    },

    /** Gives the account after the change, or null when the session is over. */
    updateProfile: (
      { userId, sessionId, now }: { userId: string; sessionId: string; now: Date },
      changes: ProfileChanges,
    ): Promise<UserRecord | null> =>
      users
        .findOneAndUpdate(
          { _id: userId, status: 'active', sessions: liveSession(sessionId, now) },
          { $set: changes },
          { returnDocument: 'after' },
        )
        .lean<UserRecord>(),

    /** Replaces the password, and puts one session in the place of all. */
    async changePassword(owner: ConfirmedOwner, passwordHash: string, successor: SessionRecord): Promise<boolean> {
      const result = await users.updateOne(confirmed(owner), {
        $set: { passwordHash, passwordChangedAt: owner.now, sessions: [successor] },
        $inc: { credentialVersion: 1 },
      });
      return result.modifiedCount === 1;
    },

    /** The same password under another cost: no credential changed, so nothing else does. */
    async rehash(userId: string, comparedHash: string, passwordHash: string): Promise<void> {
      await users.updateOne({ _id: userId, passwordHash: comparedHash }, { $set: { passwordHash } });
    },

    /** Sets a password by a link, which this uses up, and ends every session. Gives the account, or null. */
    resetPassword: (
      { userId, credentialVersion, now }: { userId: string; credentialVersion: number; now: Date },
      passwordHash: string,
    ): Promise<UserRecord | null> =>
      users
        .findOneAndUpdate(
          { _id: userId, credentialVersion, status: 'active' },
          {
            $set: { passwordHash, passwordChangedAt: now, sessions: [] },
            $inc: { credentialVersion: 1 },
            $min: { emailVerifiedAt: now },
            $unset: { unverifiedUntil: '' },
          },
          { returnDocument: 'after' },
        )
        .lean<UserRecord>(),

    /**
     * Puts right the address of an account that nobody has ever signed in to, and voids every code and link mailed before.
     * Gives the account, `'taken'`, or null where it is too late or was done too often.
     */
    async correctEmail(
      { userId, registeredAfter, maxCorrections }: { userId: string; registeredAfter: Date; maxCorrections: number },
      { email, emailKey }: { email: string; emailKey: string },
    ): Promise<UserRecord | 'taken' | null> {
      const never = trusted({ $exists: false });
      try {
        return await users
          .findOneAndUpdate(
            {
              _id: userId,
              status: 'active',
              createdAt: trusted({ $gt: registeredAfter }),
              emailVerifiedAt: never,
              lastLoginAt: never,
              emailCorrections: trusted({ $not: { $gte: maxCorrections } }),
            },
            { $set: { email, emailKey }, $inc: { credentialVersion: 1, emailCorrections: 1 } },
            { returnDocument: 'after' },
          )
          .lean<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken';
        throw error;
      }
    },

    /**
     * Moves the account to another address, ends every other session, or all where nobody is signed in who asked for it, and
     * remembers the old address.
     */
    async changeEmail(
      change: { userId: string; sessionId?: string | undefined; credentialVersion: number; now: Date },
      { email, emailKey, undo }: { email: string; emailKey: string; undo: EmailUndoRecord },
    ): Promise<UserRecord | 'taken' | null> {
      try {
        return await users
          .findOneAndUpdate(
            {
              _id: change.userId,
              status: 'active',
              credentialVersion: change.credentialVersion,
              ...(change.sessionId !== undefined && { sessions: liveSession(change.sessionId, change.now) }),
            },
            {
              $set: { email, emailKey, emailVerifiedAt: change.now },
              $inc: { credentialVersion: 1 },
              $unset: { unverifiedUntil: '' },
              $pull: { sessions: { _id: { $ne: change.sessionId ?? '' } } },
              // The oldest stay: whoever took an account over cannot push its owner's way back out of the list.
              $push: { emailUndos: { $each: [undo], $slice: keptEmailUndos } },
            },
            { returnDocument: 'after' },
          )
          .lean<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken';
        throw error;
      }
    },

    /** Brings an old address back with a new password, ends every session, voids every later undo, and opens a closed account. */
    async undoEmailChange(
      userId: string,
      undo: EmailUndoRecord,
      { emailKey, passwordHash, now }: { emailKey: string; passwordHash: string; now: Date },
    ): Promise<UserRecord | 'taken' | null> {
      try {
        return await users
          .findOneAndUpdate(
            {
              _id: userId,
              status: trusted({ $in: ['active', 'closed'] }),
              emailUndos: trusted({ $elemMatch: { _id: undo._id, expiresAt: { $gt: now } } }),
            },
            {
              $set: {
                email: undo.email,
                emailKey,
                emailVerifiedAt: now,
                passwordHash,
                passwordChangedAt: now,
                sessions: [],
                status: 'active',
              },
              $unset: { closedUntil: '' },
              $inc: { credentialVersion: 1 },
              $pull: { emailUndos: { changedAt: { $gte: undo.changedAt } } },
            },
            { returnDocument: 'after' },
          )
          .lean<UserRecord>();
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken';
        throw error;
      }
    },
  };
}

export type UsersStore = ReturnType<typeof createUsersStore>;
