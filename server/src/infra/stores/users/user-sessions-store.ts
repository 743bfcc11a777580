import { limits } from '@latchkey/shared/limits';
import mongoose, { type Collection, type Model, Schema } from 'mongoose';
import { date, number, subdocumentOptions, text } from '../schema.ts';
import type { SessionRecord, UserRecord } from './user-record.ts';

export const sessionSchema = new Schema<SessionRecord>(
  {
    _id: text,
    generation: number,
    seen: { type: Boolean, required: true },
    rotatedAt: date,
    createdAt: date,
    lastSeenAt: date,
    idleExpiresAt: date,
    expiresAt: date,
    ip: text,
    userAgent: { type: String, default: '' },
    confirmedAt: Date,
    delivery: String,
    name: String,
  },
  subdocumentOptions,
);

const { trusted } = mongoose;

const live = (sessionId: string, now: Date) => ({
  _id: sessionId,
  idleExpiresAt: { $gt: now },
  expiresAt: { $gt: now },
});

/** A session that is there and has expired neither way. */
export const liveSession = (sessionId: string, now: Date) => trusted({ $elemMatch: live(sessionId, now) });

/** What a sign-in has shown, and from which browser. */
export interface SignInProof {
  userId: string;
  credentialVersion: number;
  browser: string;
  now: Date;
}

const holdsFor = ({ userId, credentialVersion }: SignInProof) =>
  ({ _id: userId, credentialVersion, status: 'active' }) as const;

/** What a sign-in changes beside the sessions; undos that are over make room for new ones. */
const signInOf = ({ browser, now }: SignInProof) => ({
  $set: { lastLoginAt: now, [`browsers.${browser}`]: now },
  $min: { emailVerifiedAt: now },
  $unset: { unverifiedUntil: '' } as const,
  $pull: { emailUndos: { expiresAt: { $lte: now } } },
});

/**
 * The operations on the sessions inside an account's document, each one command with its condition in the filter.
 * @param plain the same collection by the driver alone, for what every sign-in and every visit does: there is nothing to cast
 */
export function sessionOperations(users: Model<UserRecord>, plain: Collection<UserRecord>) {
  return {
    /**
     * Adds a session, keeps the newest, remembers the browser, and notes that the address is proved. Gives the account as
     * it was before, or null when the credentials changed after the challenge was made.
     */
    openSession: (proof: SignInProof, session: SessionRecord): Promise<UserRecord | null> => {
      const { $set, ...signedIn } = signInOf(proof);
      const added = { $each: [session], $sort: { lastSeenAt: 1 as const }, $slice: -limits.sessionsKept };
      return plain.findOneAndUpdate(
        holdsFor(proof),
        { ...signedIn, $set, $push: { sessions: added } },
        { returnDocument: 'before' },
      );
    },

    /** Opens a session as `openSession` does, in the place of another; null also where that other is over. */
    replaceSession: (proof: SignInProof, session: SessionRecord, replacedId: string): Promise<UserRecord | null> => {
      const { $set, ...signedIn } = signInOf(proof);
      return plain.findOneAndUpdate(
        { ...holdsFor(proof), 'sessions._id': replacedId },
        { ...signedIn, $set: { ...$set, 'sessions.$[replaced]': session } },
        { arrayFilters: [{ 'replaced._id': replacedId }], returnDocument: 'before' },
      );
    },

    /** Forgets browsers that signed in. */
    async forgetBrowsers(userId: string, browsers: readonly string[]): Promise<void> {
      await users.updateOne(
        { _id: userId },
        { $unset: Object.fromEntries(browsers.map((browser) => [`browsers.${browser}`, ''])) },
      );
    },

    /** Moves a session to the next generation. False when another call was first or the session is over. */
    async rotateSession(
      { userId, sessionId, generation, now }: { userId: string; sessionId: string; generation: number; now: Date },
      next: Pick<SessionRecord, 'idleExpiresAt' | 'ip' | 'userAgent'>,
    ): Promise<boolean> {
      const result = await plain.updateOne(
        {
          _id: userId,
          status: 'active',
          sessions: { $elemMatch: { ...live(sessionId, now), generation } },
        },
        {
          $set: {
            'sessions.$[own].generation': generation + 1,
            'sessions.$[own].seen': false,
            'sessions.$[own].rotatedAt': now,
            'sessions.$[own].lastSeenAt': now,
            'sessions.$[own].idleExpiresAt': next.idleExpiresAt,
            'sessions.$[own].ip': next.ip,
            'sessions.$[own].userAgent': next.userAgent,
          },
        },
        { arrayFilters: [{ 'own._id': sessionId }] },
      );
      return result.modifiedCount === 1;
    },

    /** Puts off when a session ends unused, and leaves its generation. False when the session is over. */
    async prolongSession(
      { userId, sessionId, now }: { userId: string; sessionId: string; now: Date },
      next: Pick<SessionRecord, 'idleExpiresAt' | 'ip' | 'userAgent'>,
    ): Promise<boolean> {
      const result = await plain.updateOne(
        { _id: userId, status: 'active', sessions: { $elemMatch: live(sessionId, now) } },
        {
          $set: {
            'sessions.$[own].lastSeenAt': now,
            'sessions.$[own].idleExpiresAt': next.idleExpiresAt,
            'sessions.$[own].ip': next.ip,
            'sessions.$[own].userAgent': next.userAgent,
          },
        },
        { arrayFilters: [{ 'own._id': sessionId }] },
      );
      return result.matchedCount === 1;
    },

    /** Notes that something came with a token of this generation. */
    async markSeen(userId: string, sessionId: string, generation: number): Promise<void> {
      await plain.updateOne(
        { _id: userId, sessions: { $elemMatch: { _id: sessionId, generation } } },
        { $set: { 'sessions.$[own].seen': true } },
        { arrayFilters: [{ 'own._id': sessionId }] },
      );
    },

    /** Gives one of the account's sessions a name, on behalf of one that is alive. False where it has no such session. */
    async renameSession(
      { userId, sessionId, now }: { userId: string; sessionId: string; now: Date },
      renamedId: string,
      name: string,
    ): Promise<boolean> {
      const result = await users.updateOne(
        {
          _id: userId,
          status: 'active',
          $and: [{ sessions: liveSession(sessionId, now) }, { sessions: liveSession(renamedId, now) }],
        },
        { $set: { 'sessions.$[renamed].name': name } },
        { arrayFilters: [{ 'renamed._id': renamedId }] },
      );
      return result.matchedCount === 1;
    },

    /** Whether it was this call that ended the session. */
    async endSession(userId: string, sessionId: string): Promise<boolean> {
      const result = await users.updateOne(
        { _id: userId, 'sessions._id': sessionId },
        { $pull: { sessions: { _id: sessionId } } },
      );
      return result.modifiedCount === 1;
    },

    /** Ends one session on behalf of another of the account that is alive. Whether it was this call that did. */
    async revokeSession(
      { userId, sessionId, now }: { userId: string; sessionId: string; now: Date },
      revokedId: string,
    ): Promise<boolean> {
      const result = await users.updateOne(
        {
          _id: userId,
          status: 'active',
          $and: [{ sessions: liveSession(sessionId, now) }, { 'sessions._id': revokedId }],
        },
        { $pull: { sessions: { _id: revokedId } } },
      );
      return result.modifiedCount === 1;
    },

    /** Ends every session but one that is alive itself. Gives the account as it was before, or null. */
    endOtherSessions: (userId: string, sessionId: string, now: Date): Promise<UserRecord | null> =>
      users
        .findOneAndUpdate(
          { _id: userId, status: 'active', sessions: liveSession(sessionId, now) },
          { $pull: { sessions: { _id: { $ne: sessionId } } } },
          { returnDocument: 'before' },
        )
        .lean<UserRecord>(),
  };
}
