import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** What a transaction has written so far. */
export interface TransactionSize {
  puts: number;
  removes: number;
  bytes: number;
}

/** How the pages of the data file are used. */
export interface PageUsage {
  pageSize: number;
  lastPage: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
}

/** A change copies the pages from a leaf to the root, and may split or join one. */
const pagesPerChange = 8;
const leavesPerChange = 2;
const smallestPage = 4096;
/** The list of free pages, and the rest of a commit. */
const pagesPerCommit = 32;
/** Kept back so that something can still be removed from a full disk. */
const slackPages = 512;
const growthPages = 128;
/** A transaction gets by on pages that earlier ones gave back only when there are far more than it asks for. */
const freePagesFactor = 4;

/**
 * Takes disk space for the data file before LMDB needs it. LMDB writes at commit, and when that fails for lack of space
 * its error handling damages the process, so the lack has to show before.
 */
export function openDiskReserve(path: string, usage: () => PageUsage) {
  const file = openSync(path, 'r+');
  let allocatedBytes = fstatSync(file).size;
  // Pages past the last one that are known to be there, less what commits since may have taken.
  let credit = 0;

  function grow(bytes: number): void {
    const zeros = Buffer.alloc(64 * 1024);
    try {
      while (allocatedBytes < bytes) {
        const length = Math.min(zeros.length, bytes - allocatedBytes);
        allocatedBytes += writeSync(file, zeros, 0, length, allocatedBytes);
      }
    } catch {
      // A full disk: what there is has to do.
      allocatedBytes = fstatSync(file).size;
    }
  }

  return {
    /** Whether a transaction of this size can be committed; takes more of the disk where it has to. */
    allows(size: TransactionSize): boolean {
      const changes = size.puts + size.removes;
      const most = changes * pagesPerChange + pagesPerCommit;
      const written = Math.ceil((size.bytes * 3) / smallestPage);
      if (most + written + slackPages <= credit) {
        credit -= most + written;
        return true;
      }
      const { pageSize, lastPage, branchPages, leafPages, overflowPages } = usage();
      const copied = Math.min(changes * leavesPerChange, leafPages) + Math.min(most, branchPages);
      const needed = Math.min(most, copied + pagesPerCommit) + written;
      const isShrinking = size.removes > size.puts;
      const wanted = isShrinking ? needed : needed + slackPages;
      const tail = () => Math.floor(allocatedBytes / pageSize) - lastPage - 1;
      if (tail() < wanted) grow((lastPage + 1 + wanted + growthPages) * pageSize);
      credit = Math.max(0, tail() - needed);
      if (tail() >= wanted) return true;
      const free = lastPage - 1 - branchPages - leafPages - overflowPages;
      const fitsFree = free >= needed * freePagesFactor && size.bytes < pageSize;
      return fitsFree && tail() >= needed;
    },

    /** Gives the space that was not needed back to the disk; the data file must be closed by then. */
    close({ lastPage, pageSize }: PageUsage): void {
      ftruncateSync(file, (lastPage + 1) * pageSize);
      closeSync(file);
    },
  };
}
