import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const main = ['server/dist/main.js'];

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The built product as its operator starts it, with these settings and no others. */
export function launch(env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, main, {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: tmpdir(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk;
      if (out.includes('Latchkey is ready')) resolve();
    });
    child.on('close', () => reject(new Error(`it ended: ${err}`)));
  });
  ready.catch(() => undefined);
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  return {
    child,
    ended,
    ready,
    output: () => out,
    /** Where it is reached from this machine; once it is ready. */
    url: () => /http:\/\/localhost:\d+/.exec(out)?.[0].replace('localhost', '127.0.0.1') ?? '',
  };
}
