/** Every collection is made with these: nothing unknown passes silently, in documents or in filters. */
export const schemaOptions = {
  strict: 'throw',
  strictQuery: 'throw',
  autoCreate: false,
  autoIndex: false,
  versionKey: false,
  id: false,
  minimize: false,
} as const;

/** For documents inside others. */
export const subdocumentOptions = { strict: 'throw', strictQuery: 'throw' } as const;

export const text = { type: String, required: true } as const;
export const date = { type: Date, required: true } as const;
export const number = { type: Number, required: true } as const;
