/** Every number of the contract that both sides need. Lengths are code points unless the name says otherwise. */
export const limits = {
  usernameMin: 3,
  usernameMax: 32,
  emailMax: 254,
  nameMax: 60,
  passwordMin: 8,
  passwordMax: 128,
  /** A text field longer than this is refused before anything is normalised or hashed. */
  textMaxCodeUnits: 1024,
  otpDigits: 6,
  otpTries: 5,
  otpSends: 4,
  otpResendWaitSeconds: 30,
  /** The sessions an account keeps: one more ends the one that was used longest ago. */
  sessionsKept: 20,
  reasonMax: 300,
  pageSize: 20,
  pageSizeMax: 100,
  batchSize: 10,
  bodyBytes: 64 * 1024,
} as const;
