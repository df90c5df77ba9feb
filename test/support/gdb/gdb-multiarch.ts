/** A real gdb, in batch mode, on a stub of this host. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const GDB_TIMEOUT_MS = 60_000;
const run = promisify(execFile);

export function hasGdb(): boolean {
  try {
    execFileSync('gdb-multiarch', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    console.warn(`SKIPPED: gdb-multiarch is missing (apt-get install gdb-multiarch): ${error}`);
    return false;
  }
}

/** Run a batch of commands on the stub at `port`; returns what gdb printed. */
export async function runGdb(
  program: string,
  port: number,
  commands: readonly string[],
): Promise<string> {
  const all = [
    'set pagination off',
    'set confirm off',
    'set architecture riscv:rv64',
    `file ${program}`,
    `target remote 127.0.0.1:${port}`,
    ...commands,
  ];
  const options = { timeout: GDB_TIMEOUT_MS };
  const { stdout } = await run(
    'gdb-multiarch',
    ['-nx', '-q', '-batch', ...all.flatMap((command) => ['-ex', command])],
    options,
  );
  return stdout;
}

/** gdb itself sends ^C a moment after the program was let go. */
export const INTERRUPT_SOON = [
  'python import threading',
  'python threading.Timer(0.5, lambda: gdb.post_event(lambda: gdb.execute("interrupt"))).start()',
];
