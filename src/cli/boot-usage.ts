/** The texts of `hartix run --help` and `hartix jit --help`. */
import { BOOT_ROWS, JIT_ROWS, optionHelp } from './arguments.ts';
import { HOST_FOLDER } from './host-file.ts';

/** Of the commands that run a program. */
export const EXIT_STATUSES = `exit status: the program's; 128+N if killed by signal N; 124 on --timeout; 2 for a wrong
option or file; 70 after a kernel panic; 130 when ended by ^C twice.
`;

const RUN_TEXT = `usage: hartix run [options] -- CMD [ARG...]    a command of the guest
       hartix run [options] FILE [ARG...]      a file of the host: riscv64 program, script, or .c source

Boot, run one program with the standard streams wired through, and exit with its status. FILE's folder is
${HOST_FOLDER} in the guest, read-only.

examples:
  hartix run -- sh -c 'ls / | wc -l'
  hartix run --mount ./data:/data:ro -- wc -l /data/words
  hartix run hello.c
`;

const JIT_TEXT = `usage: hartix jit [options] -- CMD [ARG...]
       hartix jit [options] FILE [ARG...]

As hartix run; then the translated regions that it spent most of its time in, guest code beside wasm.
`;

/** Of a command whose options are those of the machine with Hartix. */
export function bootUsage(name: 'run' | 'jit'): string {
  const [text, rows] = name === 'run' ? [RUN_TEXT, BOOT_ROWS] : [JIT_TEXT, JIT_ROWS];
  return `${text}\noptions:\n${optionHelp(rows)}\n\n${EXIT_STATUSES}`;
}
