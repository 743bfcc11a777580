#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

const { argv, env, stdin, stdout, stderr } = process;
process.exitCode = await runCommandLine({ args: argv.slice(2), env, stdin, stdout, stderr });
