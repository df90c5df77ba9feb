/** The texts of `hartix run --help` and `hartix jit --help`. */
import { BOOT_ROWS, JIT_ROWS, optionHelp } from './arguments.ts';
import { HOST_FOLDER } from './host-file.ts';

/** Of the commands that run a program. */
export const EXIT_STATUSES = `exit status: the program's; 128+N if killed by signal N; 124 on --timeout or when a --limit
ended it; 2 for a wrong option or file; 70 after a kernel panic; 71 after disk:cut; 130 when ended by ^C twice.
`;

const RUN_TEXT = `usage: hartix run [options] -- CMD [ARG...]    a command of the guest
       hartix run [options] FILE [ARG...]      a file of the host: riscv64 program, script, or .c source

Boot, run one program with the standard streams wired through, and exit with its status. FILE's folder is
${HOST_FOLDER} in the guest, read-only.

examples:
  hartix run -- sh -c 'ls / | wc -l'
  hartix run --mount ./data:/data:ro -- wc -l /data/words
  hartix run hello.c
  hartix run --fault write:ENOSPC:nth=3 -- sh -c 'seq 9 > /tmp/x'

--fault RULE, any number of them: TARGET:FAILURE[:NAME=VALUE...]
  TARGET   a system call; read, write, open, fork, alloc: all calls of that kind; disk: requests of
           --disk, else of the root
  FAILURE  an error (ENOSPC, EINTR); short: fewer bytes than asked for; cut: the disk's power, and
           the machine's, with some of what was not flushed lost (status 71)
  p=0.01   share of those that match   nth=3  only the third   every=5  each fifth
  after=9  only behind the ninth       times=2  at most two    pid=7  comm=cp  path=/etc/*
  op=read  of a disk: read, write or flush
The run is then deterministic; each failure is in dmesg, and at the end on stderr with the command
that repeats it.
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
