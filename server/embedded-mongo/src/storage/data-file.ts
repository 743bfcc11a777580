import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What is known of a data file that is whole. */
export interface DataFileState {
  /** No entry was ever committed to it. */
  isEmpty: boolean;
}

/** The layout of an LMDB file on a 64-bit machine: every page has a header, the first two hold the roots. */
const headerBytes = 24;
const nodeBytes = 8;
const metaMagic = 0xbeefc0de;
const metaVersion = 2;
const noPage = 0xffff_ffff_ffff_ffffn;
const PageFlag = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const bigData = 0x01;
const metaAt = {
  magic: 24,
  version: 28,
  pageSize: 48,
  freeTree: 48,
  mainTree: 96,
  lastPage: 144,
  transaction: 152,
} as const;
const metaBytes = 168;

interface Tree {
  depth: number;
  leafPages: number;
  entries: number;
  root: bigint;
}

/** The file is not whole. */
class DamageError extends Error {}

function treeAt(meta: Buffer, at: number): Tree {
  return {
    depth: meta.readUInt16LE(at + 6),
    leafPages: Number(meta.readBigUInt64LE(at + 16)),
    entries: Number(meta.readBigUInt64LE(at + 32)),
    root: meta.readBigUInt64LE(at + 40),
  };
}

class Inspector {
  readonly #file: number;
  readonly #size: number;
  #pageSize = 0;
  #lastPage = 0;
  readonly #seen = new Set<number>();

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
  }

  inspect(): DataFileState {
    const meta = this.#newestMeta();
    this.#lastPage = Number(meta.readBigUInt64LE(metaAt.lastPage));
    if ((this.#lastPage + 1) * this.#pageSize > this.#size) {
      throw new DamageError(`the data file is cut off at ${this.#size} bytes`);
    }
    this.#walkTree(treeAt(meta, metaAt.freeTree));
    const main = treeAt(meta, metaAt.mainTree);
    this.#walkTree(main);
    return { isEmpty: main.root === noPage };
  }

  #newestMeta(): Buffer {
    const first = this.#readAt(0, metaBytes);
    if (first.readUInt32LE(metaAt.magic) !== metaMagic)
      throw new DamageError('the data file is of another kind, or its beginning is damaged');
    if ((first.readUInt32LE(metaAt.version) & 0xffff) !== metaVersion)
      throw new DamageError('the data file has another version');
    this.#pageSize = first.readUInt32LE(metaAt.pageSize);
    if (this.#pageSize < 512 || this.#pageSize > 65_536)
      throw new DamageError('the beginning of the data file is damaged');
    const second = this.#readAt(this.#pageSize, metaBytes);
    if (second.readUInt32LE(metaAt.magic) !== metaMagic)
      throw new DamageError('the beginning of the data file is damaged');
    const isFirst = first.readBigUInt64LE(metaAt.transaction) >= second.readBigUInt64LE(metaAt.transaction);
    return isFirst ? first : second;
  }

  #readAt(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(this.#file, bytes, 0, length, position) !== length) throw new DamageError('the data file is cut off');
    return bytes;
  }

  #page(number: number, flag: number): Buffer {
    if (number < 2 || number > this.#lastPage || this.#seen.has(number)) throw this.#damaged(number);
    this.#seen.add(number);
    const page = this.#readAt(number * this.#pageSize, this.#pageSize);
    if (Number(page.readBigUInt64LE(0)) !== number || (page.readUInt16LE(18) & 0x0f) !== flag)
      throw this.#damaged(number);
    return page;
  }

  #damaged(number: number): DamageError {
    return new DamageError(`page ${number} of the data file is damaged`);
  }

  #walkTree({ root, depth, leafPages, entries }: Tree): void {
    if (root === noPage) return;
    const found = { leafPages: 0, entries: 0 };
    this.#walk(Number(root), depth, found);
    if (found.leafPages !== leafPages || found.entries !== entries) {
      throw new DamageError('a tree of the data file does not have the pages that it should');
    }
  }

  #walk(number: number, depth: number, found: { leafPages: number; entries: number }): void {
    const isLeaf = depth === 1;
    const page = this.#page(number, isLeaf ? PageFlag.leaf : PageFlag.branch);
    const nodes = page.readUInt16LE(20) >> 1;
    if (nodes === 0 || headerBytes + nodes * 2 > this.#pageSize) throw this.#damaged(number);
    if (isLeaf) {
      found.leafPages++;
      found.entries += nodes;
    }
    for (let i = 0; i < nodes; i++) {
      const at = headerBytes + page.readUInt16LE(headerBytes + i * 2);
      if (at + nodeBytes > this.#pageSize) throw this.#damaged(number);
      const low = page.readUInt32LE(at);
      const flags = page.readUInt16LE(at + 4);
      const dataAt = at + nodeBytes + page.readUInt16LE(at + 6);
      if (!isLeaf) {
        this.#walk(low + flags * 2 ** 32, depth - 1, found);
      } else if ((flags & bigData) !== 0) {
        if (dataAt + 8 > this.#pageSize) throw this.#damaged(number);
        this.#checkOverflow(Number(page.readBigUInt64LE(dataAt)), low);
      } else if (dataAt + low > this.#pageSize) {
        throw this.#damaged(number);
      }
    }
  }

  /** A value that has pages of its own: the first says how many. */
  #checkOverflow(number: number, size: number): void {
    const pages = this.#page(number, PageFlag.overflow).readUInt32LE(20);
    if (pages * this.#pageSize < headerBytes + size || number + pages - 1 > this.#lastPage) throw this.#damaged(number);
  }
}

/**
 * Reads through the trees of a data file before LMDB maps it: LMDB trusts its pages, and one that is cut off or overwritten
 * would end the process. Gives the state, or a sentence about the damage.
 */
export function inspectDataFile(path: string): DataFileState | string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return { isEmpty: true };
    return new Inspector(file, size).inspect();
  } catch (error) {
    if (error instanceof DamageError) return error.message;
    throw error;
  } finally {
    closeSync(file);
  }
}
