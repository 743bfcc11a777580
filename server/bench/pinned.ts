import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a server may take to its first response before the run is given up. */
const startMilliseconds = 60_000;
/** How long a server is left alone before its memory at rest is read. */
const restMilliseconds = 3_000;
/** Linux counts time on the processor in hundredths of a second. */
const tickMilliseconds = 10;

export interface Usage {
  cpuMilliseconds: number;
  rssMiB: number;
}

export interface Pinned {
  port: number;
  /** From spawning to the first 200. */
  startMilliseconds: number;
  usage(): Usage;
  rest(): Promise<Usage>;
  /** What it has written to standard output. */
  output(): string;
  stop(): Promise<void>;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const call = request({ port, host: '127.0.0.1', path: '/healthz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => resolve(false));
    call.end();
  });

function usageOf({ pid }: ChildProcess): Usage {
  // The name of the process stands in brackets and may hold blanks; what follows is numbers.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuMilliseconds: (Number(fields[11]) + Number(fields[12])) * tickMilliseconds,
    rssMiB: Number(kilobytes) / 1024,
  };
}

/** Runs a program under `strace`, which holds up each call for the disk. */
const slowly = (milliseconds: number) => [
  'strace',
  '--follow-forks',
  '--seccomp-bpf',
  '--output=/dev/null',
  '--trace=fdatasync,fsync,msync',
  `--inject=fdatasync,fsync,msync:delay_exit=${milliseconds * 1_000}`,
];

/**
 * Starts a Node program that listens at `PORT`, on one core, and waits until it answers. Its output goes to a file.
 * @param syncMilliseconds what each wait for the disk is made longer by, which needs `strace`
 */
export async function startPinned(
  {
    core,
    program,
    port,
    syncMilliseconds = 0,
  }: { core: number; program: string; port: number; syncMilliseconds?: number },
  env: Record<string, string>,
): Promise<Pinned> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const log = join(folder, 'output.log');
  const file = openSync(log, 'w');
  const startedAt = performance.now();
  const disk = syncMilliseconds === 0 ? [] : slowly(syncMilliseconds);
  const child = spawn('taskset', ['-c', String(core), ...disk, process.execPath, program], {
    // A group of its own, so that what `strace` runs is stopped with it.
    detached: true,
    env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: join(folder, 'data'), PORT: String(port), ...env },
    stdio: ['ignore', file, 'inherit'],
  });
  const ended = once(child, 'exit');
  closeSync(file);
  while (!(await answers(port))) {
    const isOver = child.exitCode !== null || performance.now() - startedAt > startMilliseconds;
    if (isOver) throw new Error(`${program} did not answer`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const took = performance.now() - startedAt;
  return {
    port,
    startMilliseconds: took,
    usage: () => usageOf(child),
    async rest() {
      await new Promise((resolve) => setTimeout(resolve, restMilliseconds));
      return usageOf(child);
    },
    output: () => readFileSync(log, 'utf8'),
    async stop() {
      process.kill(-(child.pid as number));
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
