/** The subcommands of `hartix`, and the one place where errors become exit statuses. */
import { readFileSync } from 'node:fs';
import { HartixError, KernelPanicError } from '../api/errors.ts';
import { parseArguments, usage } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** Exit statuses of sysexits(3) where one fits. */
const EXIT_USAGE = 2;
const EXIT_PANIC = 70;

/** Of the contract, in issues that have not been built yet. */
const LATER = ['explore', 'doctor'];

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const [first = ''] = argv;
  if (first === 'disasm') return (await import('./disasm.ts')).disasm(argv.slice(1));
  if (first === 'jit') return (await import('./jit/jit.ts')).jit(argv.slice(1));
  if (first === 'bench') return (await import('./bench/bench.ts')).bench(argv.slice(1));
  if (first === 'crash') return (await import('./crash/crash.ts')).crash(argv.slice(1));
  if (first === 'image') return (await import('./image.ts')).image(argv.slice(1));
  if (['machine', 'snapshot', 'restore', 'record', 'replay'].includes(first))
    return (await import('./machine.ts')).machine(argv.slice(1), first);
  const isRun = first === 'run';
  if (!isRun && first !== '' && !first.startsWith('-')) {
    throw new UsageError(
      LATER.includes(first)
        ? `'${first}' is not in this version`
        : `no subcommand '${first}'; for a command of the guest write: hartix run -- ${argv.join(' ')}`,
    );
  }
  const args = parseArguments(isRun ? argv.slice(1) : argv);
  if (args.flags.has('help')) {
    process.stdout.write(usage());
    return 0;
  }
  if (args.flags.has('version')) {
    process.stdout.write(`hartix ${version()}\n`);
    return 0;
  }
  if (isRun) return (await import('./run.ts')).run(args);
  if (args.command !== undefined || args.words.length > 0) {
    throw new UsageError('a command needs the word run: hartix run -- CMD');
  }
  return (await import('./console.ts')).openConsole(args);
}

/** Run the command line; returns the exit status of the process. */
export async function main(argv: readonly string[]): Promise<number> {
  if (process.platform === 'win32') {
    process.stderr.write(
      'hartix: native Windows is not supported; use WSL: wsl --install, then npm there\n',
    );
    return EXIT_USAGE;
  }
  try {
    return await dispatch(argv);
  } catch (error) {
    if (error instanceof KernelPanicError) {
      process.stderr.write(`hartix: guest kernel panic\n${error.report}\n`);
      return EXIT_PANIC;
    }
    if (error instanceof UsageError || error instanceof HartixError) {
      process.stderr.write(`hartix: ${error.message}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
}
