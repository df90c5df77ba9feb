/** Compiles the workloads of `hartix bench` for the guest and puts them, with their sources, into the folder: `bench-workloads.ts OUT` */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findZig } from './userland/compile.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TARGET = ['-target', 'riscv64-linux-musl', '-static', '-s'];
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror', '-fno-sanitize=all'];

const output = process.argv[2];
if (output === undefined) throw new Error('write: bench-workloads.ts OUT');
mkdirSync(output, { recursive: true });
const files = globSync(join(ROOT, 'test/bench/workloads/*.{c,h}')).sort();
for (const file of files) copyFileSync(file, join(output, basename(file)));
const sources = files.filter((file) => file.endsWith('.c'));
const program = join(output, 'workloads.riscv64');
const args = ['cc', ...TARGET, ...FLAGS, ...sources, '-o', program];
if (spawnSync(findZig(ROOT), args, { stdio: 'inherit' }).status !== 0)
  throw new Error('the workloads do not compile');
