/** MongoDB's error names and codes, those that this server answers with. */
const errorCodes = {
  InternalError: 1,
  BadValue: 2,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  MaxTimeMSExpired: 50,
  NamespaceExists: 48,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  InvalidDBRef: 55,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  NoReplicationEnabled: 76,
  NotImplemented: 238,
  NotExactValueField: 111,
  InvalidPipelineOperator: 168,
  CannotIndexParallelArrays: 171,
  AmbiguousIndexKeyPattern: 181,
  InvalidIndexSpecificationOption: 197,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  OutOfDiskSpace: 14031,
  InvalidBSON: 22,
  IDLFailedToParse: 40414,
  IDLUnknownField: 40415,
} as const;

type ErrorName = keyof typeof errorCodes;

/** An error that the client gets as MongoDB would send it: `code`, `codeName`, `errmsg` and extra fields. */
export class CommandError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly details: Readonly<Record<string, unknown>>;

  /** `name` is one of MongoDB's error names, or a number for the many codes that MongoDB itself calls `LocationN`. */
  constructor(name: ErrorName | number, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.code = typeof name === 'number' ? name : errorCodes[name];
    this.codeName = typeof name === 'number' ? `Location${name}` : name;
    this.details = details;
  }
}

/** A data folder that cannot be used, or a port that cannot be had; the message is one line for the person at the terminal. */
export class EmbeddedMongoError extends Error {
  override readonly name = 'EmbeddedMongoError';
}
