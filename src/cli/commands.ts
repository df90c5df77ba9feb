/** The subcommands of `hartix`, and the one place where errors become exit statuses. */
import { nearest } from '../api/argument-checks.ts';
import { HartixError, KernelPanicError, LimitError } from '../api/errors.ts';
import { parseArguments } from './arguments.ts';
import { SUBCOMMANDS } from './subcommands.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

/** Exit statuses of sysexits(3) where one fits. */
const EXIT_USAGE = 2;
const EXIT_PANIC = 70;
/** As of --timeout. */
const EXIT_LIMIT = 124;

async function dispatch(argv: readonly string[]): Promise<number> {
  const [first = ''] = argv;
  // Not what every object has: `constructor` is no command.
  const command = Object.hasOwn(SUBCOMMANDS, first) ? SUBCOMMANDS[first] : undefined;
  if (command) return command.run(argv.slice(1));
  if (first === 'help') {
    const [, topic] = argv;
    if (topic === undefined) return dispatch(['--help']);
    return dispatch(Object.hasOwn(SUBCOMMANDS, topic) ? [topic, '--help'] : [topic]);
  }
  if (first !== '' && !first.startsWith('-')) {
    const near = nearest(first, Object.keys(SUBCOMMANDS));
    throw new UsageError(
      `no subcommand '${first}'; ${near === undefined ? '' : `did you mean ${near}? `}for a command of the guest write: hartix run -- ${argv.join(' ')}`,
    );
  }
  const args = parseArguments(argv);
  if (args.flags.has('help')) {
    process.stdout.write((await import('./usage.ts')).usage());
    return 0;
  }
  if (args.flags.has('version')) {
    process.stdout.write(`hartix ${version()}\n`);
    return 0;
  }
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
    if (error instanceof LimitError) {
      process.stderr.write(`hartix: ${error.message}\n`);
      return EXIT_LIMIT;
    }
    if (error instanceof UsageError || error instanceof HartixError) {
      process.stderr.write(`hartix: ${error.message}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
}
