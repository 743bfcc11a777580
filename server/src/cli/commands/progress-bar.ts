import type { Writable } from 'node:stream';

const width = 40;
const redrawMilliseconds = 100;

/** Shows how far something is, in one line that is written over; nothing where nobody looks. */
export function createProgressBar(stream: Writable & { isTTY?: boolean }) {
  let shown = '';
  let drawnAt = 0;
  const clear = () => {
    if (shown !== '') stream.write('\r\u001b[K');
  };

  return {
    /** @param part from 0 to 1 */
    show(part: number): void {
      const now = Date.now();
      if (!stream.isTTY || now - drawnAt < redrawMilliseconds) return;
      drawnAt = now;
      const filled = Math.round(part * width);
      shown = `\r[${'='.repeat(filled)}${' '.repeat(width - filled)}] ${Math.floor(part * 100)} %`;
      stream.write(shown);
    },

    /** Writes a line above the bar. */
    around(write: () => void): void {
      clear();
      write();
      if (shown !== '') stream.write(shown);
    },

    end(): void {
      clear();
      shown = '';
    },
  };
}
