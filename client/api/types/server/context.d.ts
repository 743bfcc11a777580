/** What procedures get on the server. */
export type Context = object;
/** What procedures declare of themselves on the server. */
export type ProcedureMeta = object;
