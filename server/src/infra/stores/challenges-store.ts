import mongoose, { Schema } from 'mongoose';
import { type Connection, makeIndexes } from '../mongo.ts';
import { date, number, schemaOptions, text } from './schema.ts';

export interface ChallengeRecord {
  _id: string;
  purpose: 'login' | 'email-change' | 'password-reset';
  userId: string;
  credentialVersion: number;
  /** The new address, for an e-mail change. */
  email?: string;
  /** Absent until the mail worker has minted the code. */
  codeHash?: string;
  keyId?: string;
  attempts: number;
  sends: number;
  /** The attempt of the mail job that stored the code. */
  mailAttempt: number;
  lastSentAt: Date;
  consumedAt?: Date;
  expiresAt: Date;
  /** No resend moves `expiresAt` past this. */
  endsAt: Date;
  createdAt: Date;
  ip: string;
  /** The counters of mail that this challenge took one of, once for each: a code that is used gives them back. */
  shares: string[];
}

export type ChallengePurpose = ChallengeRecord['purpose'];

/** The challenge that a code may be used for: of this purpose, of this person where somebody is signed in, not over. */
interface CodeCondition {
  purpose: ChallengePurpose;
  userId?: string;
  now: Date;
}

const challengeSchema = new Schema<ChallengeRecord>(
  {
    _id: text,
    purpose: text,
    userId: text,
    credentialVersion: number,
    email: String,
    codeHash: String,
    keyId: String,
    attempts: number,
    sends: number,
    mailAttempt: number,
    lastSentAt: date,
    consumedAt: Date,
    expiresAt: date,
    endsAt: date,
    createdAt: date,
    ip: text,
    shares: [String],
  },
  schemaOptions,
)
  .index({ endsAt: 1 }, { expireAfterSeconds: 0 })
  .index({ userId: 1, purpose: 1 });

const { trusted } = mongoose;
/** Until then a new code can be had for it. */
const open = (now: Date) => ({ consumedAt: trusted({ $exists: false }), endsAt: trusted({ $gt: now }) });
const usable = (now: Date) => ({ consumedAt: trusted({ $exists: false }), expiresAt: trusted({ $gt: now }) });

/** One-time codes and links that wait to be used. Every operation is one command with its condition in the filter. */
export function createChallengesStore(connection: Connection) {
  const challenges = connection.model('Challenge', challengeSchema, 'challenges');
  // The driver's own, for what every sign-in does: what is stored was made here, and to cast and validate it costs more than
  // the write.
  const plain = connection.collection<ChallengeRecord>('challenges');

  return {
    createIndexes: () => makeIndexes(challenges, ['expiresAt_1']),

    async insert(challenge: ChallengeRecord): Promise<void> {
      await plain.insertOne(challenge);
    },

    findUsable: (id: string, now: Date): Promise<ChallengeRecord | null> =>
      challenges.findOne({ _id: id, ...usable(now) }).lean<ChallengeRecord>(),

    /** A challenge that is not used and not over, whether its code has expired or not. */
    findOpen: (id: string, now: Date): Promise<ChallengeRecord | null> =>
      challenges.findOne({ _id: id, ...open(now) }).lean<ChallengeRecord>(),

    /** Counts a try before its code is compared. Null when the challenge is over or has no tries left. */
    reserveTry: (
      id: string,
      { maxTries, now, ...owner }: CodeCondition & { maxTries: number },
    ): Promise<ChallengeRecord | null> =>
      plain.findOneAndUpdate(
        { _id: id, ...owner, attempts: { $lt: maxTries }, ...usable(now) },
        { $inc: { attempts: 1 } },
        { returnDocument: 'after' },
      ),

    /** Takes back a try whose code was not compared. */
    async giveBackTry(id: string): Promise<void> {
      await challenges.updateOne({ _id: id, attempts: trusted({ $gt: 0 }) }, { $inc: { attempts: -1 } });
    },

    /** Uses the code up. Of any number of calls with the right code, one gets true. */
    async consume(id: string, { codeHash, now, ...owner }: CodeCondition & { codeHash: string }): Promise<boolean> {
      const result = await plain.updateOne(
        { _id: id, ...owner, codeHash, ...usable(now) },
        { $set: { consumedAt: now } },
      );
      return result.modifiedCount === 1;
    },

    /** Asks for one more mail. False when something else happened to the challenge since `sends` was read. */
    async renew(
      id: string,
      { sends, maxTries, sentBefore, now }: { sends: number; maxTries: number; sentBefore: Date; now: Date },
      { expiresAt, shares }: { expiresAt: Date; shares: string[] },
    ): Promise<boolean> {
      const result = await challenges.updateOne(
        {
          _id: id,
          sends,
          attempts: trusted({ $lt: maxTries }),
          lastSentAt: trusted({ $lte: sentBefore }),
          ...open(now),
        },
        {
          $set: { sends: sends + 1, mailAttempt: 0, lastSentAt: now, expiresAt },
          $push: { shares: { $each: shares } },
        },
      );
      return result.modifiedCount === 1;
    },

    /** Stores a code that is about to be mailed. Undefined when a newer request or a later attempt mails instead. */
    async storeCode(
      id: string,
      {
        purpose,
        sends,
        attempt,
        codeHash,
        keyId,
        shares,
        now,
      }: {
        purpose: ChallengePurpose;
        sends: number;
        attempt: number;
        codeHash: string;
        keyId: string;
        shares: string[];
        now: Date;
      },
    ): Promise<ChallengeRecord | undefined> {
      const challenge = await plain.findOneAndUpdate(
        { _id: id, purpose, sends, mailAttempt: { $lt: attempt }, ...usable(now) },
        { $set: { codeHash, keyId, mailAttempt: attempt }, $push: { shares: { $each: shares } } },
        { returnDocument: 'after' },
      );
      return challenge ?? undefined;
    },

    countUsable: (
      { userId, purpose, credentialVersion }: Pick<ChallengeRecord, 'userId' | 'purpose' | 'credentialVersion'>,
      now: Date,
    ): Promise<number> => challenges.countDocuments({ userId, purpose, credentialVersion, ...usable(now) }),

    async remove(id: string): Promise<void> {
      await challenges.deleteOne({ _id: id });
    },
  };
}

export type ChallengesStore = ReturnType<typeof createChallengesStore>;
