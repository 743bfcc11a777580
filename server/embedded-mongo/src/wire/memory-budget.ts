/** Bytes that all connections together may hold while messages arrive and replies wait to be read. */
export function createMemoryBudget(limitBytes: number) {
  let usedBytes = 0;
  return {
    /** Changes what is held; false when it is more than there may be. */
    change(bytes: number): boolean {
      usedBytes += bytes;
      return usedBytes <= limitBytes;
    },
  };
}

export type MemoryBudget = ReturnType<typeof createMemoryBudget>;
