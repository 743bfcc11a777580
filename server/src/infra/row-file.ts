import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/** One row of a file: what it says, or why it cannot be read; the line it begins in, or its place in a JSON array. */
export type FileRow = { line: number } & ({ value: Record<string, unknown> } | { broken: string });

/** Longer rows are no accounts, and must not fill the memory. */
const maxRowCharacters = 1024 * 1024;
const byteOrderMark = '\ufeff';

/** A file that is none of what can be read, or ends within a row that should have ended. */
export class RowFileError extends Error {}

function parsed(text: string, line: number): FileRow {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { line, value: value as Record<string, unknown> };
    }
  } catch {
    // Told below, like every other text that is no object.
  }
  return { line, broken: 'is no JSON object' };
}

async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<FileRow> {
  let line = 1;
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > maxRowCharacters) throw new RowFileError(`Line ${line + parts.length} is too long.`);
    for (const part of parts) {
      if (part.trim() !== '') yield parsed(part, line);
      line += 1;
    }
  }
  if (rest.trim() !== '') yield parsed(rest, line);
}

const [quote, backslash, openingBrace, closingBrace] = ['"', '\\', '{', '}'].map((sign) => sign.charCodeAt(0));

/** Puts the objects of a JSON array together. It looks at each character, and copies an object once. */
function createArrayReader() {
  let [place, depth] = [0, 0];
  let [inString, escaped] = [false, false];
  /** What earlier chunks held of the object that is not yet whole. */
  let head = '';

  function grow(part: string): void {
    head += part;
    if (head.length > maxRowCharacters) throw new RowFileError(`Object ${place} is too long.`);
  }

  return {
    /** The rows that end in this chunk. */
    *take(chunk: string): Generator<FileRow> {
      let begin = 0;
      for (let index = 0; index < chunk.length; index += 1) {
        const sign = chunk.charCodeAt(index);
        if (inString) {
          inString = escaped || sign !== quote;
          escaped = !escaped && sign === backslash;
        } else if (sign === quote) {
          inString = true;
        } else if (sign === openingBrace) {
          if (depth === 0) [begin, place] = [index, place + 1];
          depth += 1;
        } else if (sign === closingBrace && depth > 0) {
          depth -= 1;
          if (depth === 0) {
            grow(chunk.slice(begin, index + 1));
            yield parsed(head, place);
            head = '';
          }
        }
      }
      if (depth > 0) grow(chunk.slice(begin));
    },
    *end(): Generator<FileRow> {
      if (depth > 0) yield { line: place, broken: 'is cut off' };
    },
  };
}

interface CellRow {
  line: number;
  cells: string[];
}

/** Puts the cells of a line together, character by character (RFC 4180). */
function createCellReader() {
  let [line, begin, size] = [1, 1, 0];
  let cells: string[] = [];
  let cell = '';
  let quoted: 'no' | 'yes' | 'perhaps over' = 'no';

  function* endLine(): Generator<CellRow> {
    cells.push(cell);
    const row = { line: begin, cells };
    const isEmpty = cells.length === 1 && cell === '';
    [cells, cell, begin, size] = [[], '', line, 0];
    if (!isEmpty) yield row;
  }

  function* takeSign(character: string): Generator<CellRow> {
    if (quoted === 'yes') {
      if (character === '"') quoted = 'perhaps over';
      else cell += character;
    } else if (character === '"') {
      // A quote within quotes is written twice.
      if (quoted === 'perhaps over') cell += character;
      quoted = 'yes';
    } else if (character === ',' || character === '\n') {
      quoted = 'no';
      if (character === '\n') return yield* endLine();
      cells.push(cell);
      cell = '';
    } else if (character !== '\r') {
      cell += character;
    }
  }

  return {
    /** The lines that end in this chunk. */
    *take(chunk: string): Generator<CellRow> {
      for (const character of chunk) {
        size += 1;
        if (size > maxRowCharacters) throw new RowFileError(`The row in line ${begin} is too long.`);
        if (character === '\n') line += 1;
        yield* takeSign(character);
      }
    },
    end: endLine,
  };
}

/** Rows of which each is parsed on its own, so that no file is too large. */
async function* readThrough<Row>(
  chunks: AsyncIterable<string>,
  reader: { take(chunk: string): Iterable<Row>; end(): Iterable<Row> },
): AsyncGenerator<Row> {
  for await (const chunk of chunks) yield* reader.take(chunk);
  yield* reader.end();
}

const readArray = (chunks: AsyncIterable<string>) => readThrough(chunks, createArrayReader());

/** The first line names the columns; an empty cell is an absent value. */
async function* readTable(chunks: AsyncIterable<string>): AsyncGenerator<FileRow> {
  let columns: string[] | undefined;
  for await (const { line, cells } of readThrough(chunks, createCellReader())) {
    if (!columns) {
      columns = cells.map((name) => name.trim());
      continue;
    }
    if (cells.length === columns.length) {
      const entries = columns.map((name, index) => [name, cells[index]] as const);
      yield { line, value: Object.fromEntries(entries.filter(([, cell]) => cell !== '')) };
    } else {
      yield { line, broken: `has ${cells.length} cells where the first line has ${columns.length}` };
    }
  }
}

async function* withoutMark(stream: AsyncIterable<string>): AsyncGenerator<string> {
  let first = true;
  for await (const chunk of stream) {
    yield first && chunk.startsWith(byteOrderMark) ? chunk.slice(1) : chunk;
    first = false;
  }
}

async function firstSign(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1024), position: 0 });
    return buffer.toString('utf8', 0, bytesRead).replace(byteOrderMark, '').trim().slice(0, 1);
  } finally {
    await file.close();
  }
}

/**
 * Reads a file of rows, of whatever length: a JSON array of objects, one JSON object a line, or CSV, told apart by the
 * first sign.
 */
export async function openRowFile(path: string) {
  const { size } = await stat(path);
  const sign = await firstSign(path);
  const read = sign === '[' ? readArray : sign === '{' ? readLines : readTable;

  return {
    /** Begins at the start, each time. `onProgress` is told the part that is read, from 0 to 1. */
    async *rows(onProgress: (part: number) => void = () => {}): AsyncGenerator<FileRow> {
      const stream = createReadStream(path, { encoding: 'utf8' });
      for await (const row of read(withoutMark(stream as AsyncIterable<string>))) {
        onProgress(size === 0 ? 1 : stream.bytesRead / size);
        yield row;
      }
    },
  };
}
