/** THE table of subcommands: dispatch, --help and shell completion follow from it. Nothing of one is loaded for another. */
import { BOOT_ROWS, JIT_ROWS, parseArguments } from './arguments.ts';
import type { Subcommand } from './subcommand.ts';
import { version } from './version.ts';

/** `name`: one that is `hartix machine` with a file first. */
function foreign(name: string, words: string, help: string): Subcommand {
  return {
    words,
    help,
    options: async () => (await import('./machine-options.ts')).FOREIGN_ROWS,
    run: async (argv) => (await import('./machine.ts')).machine(argv, name),
  };
}

async function run(argv: readonly string[]): Promise<number> {
  const args = parseArguments(argv);
  if (args.flags.has('help')) {
    process.stdout.write((await import('./boot-usage.ts')).bootUsage('run'));
    return 0;
  }
  if (args.flags.has('version')) {
    process.stdout.write(`hartix ${version()}\n`);
    return 0;
  }
  return (await import('./run.ts')).run(args);
}

/** Of either kind: the file says which. Options that only the other kind has are a sign of it. */
async function restore(argv: readonly string[]): Promise<number> {
  const foreignOnly = /^--(kernel|firmware|initrd|save|when|after|share|aclint)(=|$)/;
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const isForeign = options.some((word) => foreignOnly.test(word));
  const status = isForeign ? undefined : await (await import('./snapshot.ts')).restoreCommand(argv);
  return status ?? (await import('./machine.ts')).machine(argv, 'restore');
}

export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  run: {
    words: '[options] -- CMD [ARG...] | FILE [ARG...]',
    help: 'run one command of the guest, or a file of the host, and exit with its status',
    options: () => BOOT_ROWS,
    run,
  },
  machine: foreign(
    'machine',
    '--kernel FILE [options]',
    "the machine without Hartix: somebody else's kernel",
  ),
  snapshot: {
    words: 'FILE [options] [-- CMD [ARG...]]',
    help: 'boot, run a command, and save the system to a file; also with a kernel of others',
    options: async () => (await import('./snapshot.ts')).SNAPSHOT_ROWS,
    run: async (argv) => {
      const { isForeign } = await import('./replay.ts');
      if (isForeign(argv)) return (await import('./machine.ts')).machine(argv, 'snapshot');
      return (await import('./snapshot.ts')).snapshotCommand(argv);
    },
  },
  restore: {
    words: 'FILE [options] [-- CMD [ARG...]]',
    help: 'go on from a system or machine that was saved',
    options: () => BOOT_ROWS,
    run: restore,
  },
  record: {
    words: 'FILE [options] -- CMD [ARG...]',
    help: 'as run, and write all that comes in to a file; also with a kernel of others',
    options: () => BOOT_ROWS,
    run: async (argv) => {
      const { isForeign, record } = await import('./replay.ts');
      if (isForeign(argv)) return (await import('./machine.ts')).machine(argv, 'record');
      return record(argv);
    },
  },
  replay: {
    words: 'FILE [options]',
    help: 'a recorded run again, to the instruction',
    options: async () => (await import('./replay.ts')).REPLAY_ROWS,
    run: async (argv) => {
      const { isForeign, replayRun } = await import('./replay.ts');
      if (isForeign(argv)) return (await import('./machine.ts')).machine(argv, 'replay');
      return replayRun(argv);
    },
  },
  explore: {
    words: '[options] -- CMD [ARG...] | FILE [ARG...]',
    help: 'run a program under many schedules: races and deadlocks, each with how to see it again',
    options: async () => (await import('./explore.ts')).EXPLORE_ROWS,
    run: async (argv) => (await import('./explore.ts')).exploreCommand(argv),
  },
  image: {
    words: 'import|build|ls|export ...',
    help: 'root images: from folders, archives, OCI images',
    actions: ['import', 'build', 'ls', 'export'],
    options: async () => (await import('./image.ts')).IMAGE_ROWS,
    run: async (argv) => (await import('./image.ts')).image(argv),
  },
  disasm: {
    words: '[options] FILE',
    help: 'the instructions of a riscv64 file, as objdump -d lists them',
    options: async () => (await import('./disasm.ts')).DISASM_ROWS,
    run: async (argv) => (await import('./disasm.ts')).disasm(argv),
  },
  jit: {
    words: '[options] -- CMD [ARG...]',
    help: 'as run, then the hottest regions, guest code beside wasm',
    options: () => JIT_ROWS,
    run: async (argv) => (await import('./jit/jit.ts')).jit(argv),
  },
  bench: {
    words: '[options] [NAME]',
    help: 'how fast, beside native code and QEMU',
    options: async () => (await import('./bench/bench.ts')).BENCH_ROWS,
    run: async (argv) => (await import('./bench/bench.ts')).bench(argv),
  },
  crash: {
    words: '[options]',
    help: 'power cuts on a journaled disk: what is lost',
    options: async () => (await import('./crash/options.ts')).CRASH_ROWS,
    run: async (argv) => (await import('./crash/crash.ts')).crash(argv),
  },
  doctor: {
    words: '',
    help: 'whether this host can run Hartix, and what to do where it cannot',
    options: async () => (await import('./doctor/doctor.ts')).DOCTOR_ROWS,
    run: async (argv) => (await import('./doctor/doctor.ts')).doctor(argv),
  },
  completion: {
    words: 'bash|zsh|fish',
    help: 'print a completion script for a shell',
    actions: ['bash', 'zsh', 'fish'],
    options: async () => (await import('./completion/completion.ts')).COMPLETION_ROWS,
    run: async (argv) => (await import('./completion/completion.ts')).completion(argv, SUBCOMMANDS),
  },
};
