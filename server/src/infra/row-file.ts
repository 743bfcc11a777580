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

/** Puts the objects of a JSON array together, character by character. */
function createArrayReader() {
  let [place, depth] = [0, 0];
  let [inString, escaped] = [false, false];
  let text = '';

  return {
    /** The row that this character ends. */
    take(character: string): FileRow | undefined {
      if (depth > 0) text += character;
      if (text.length > maxRowCharacters) throw new RowFileError(`Object ${place} is too long.`);
      if (inString) {
        inString = escaped || character !== '"';
        escaped = !escaped && character === '\\';
      } else if (character === '"') {
        inString = true;
      } else if (character === '{') {
        if (depth === 0) [text, place] = [character, place + 1];
        depth += 1;
      } else if (character === '}' && depth > 0) {
        depth -= 1;
        if (depth === 0) return parsed(text, place);
      }
      return undefined;
    },
    end: (): FileRow | undefined => (depth > 0 ? { line: place, broken: 'is cut off' } : undefined),
  };
}

/** Puts the cells of a line together, character by character (RFC 4180). */
function createCellReader() {
  let [line, begin, size] = [1, 1, 0];
  let cells: string[] = [];
  let cell = '';
  let quoted: 'no' | 'yes' | 'perhaps over' = 'no';

  function endLine(): { line: number; cells: string[] } | undefined {
    cells.push(cell);
    const row = cells.length > 1 || cell !== '' ? { line: begin, cells } : undefined;
    [cells, cell, begin, size] = [[], '', line, 0];
    return row;
  }

  return {
    /** The line that this character ends. */
    take(character: string): { line: number; cells: string[] } | undefined {
      size += 1;
      if (size > maxRowCharacters) throw new RowFileError(`The row in line ${begin} is too long.`);
      if (character === '\n') line += 1;
      if (quoted === 'yes') {
        if (character === '"') quoted = 'perhaps over';
        else cell += character;
      } else if (character === '"') {
        // A quote within quotes is written twice.
        if (quoted === 'perhaps over') cell += character;
        quoted = 'yes';
      } else if (character === ',' || character === '\n') {
        quoted = 'no';
        if (character === '\n') return endLine();
        cells.push(cell);
        cell = '';
      } else if (character !== '\r') {
        cell += character;
      }
      return undefined;
    },
    end: endLine,
  };
}

/** Rows of which each is parsed on its own, so that no file is too large. */
async function* readThrough<Row>(
  chunks: AsyncIterable<string>,
  reader: { take(character: string): Row | undefined; end(): Row | undefined },
): AsyncGenerator<Row> {
  for await (const chunk of chunks) {
    for (const character of chunk) {
      const row = reader.take(character);
      if (row) yield row;
    }
  }
  const last = reader.end();
  if (last) yield last;
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
