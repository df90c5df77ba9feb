/** Of commands whose first word is a file: hartix snapshot, restore, record, replay. */
import { UsageError } from './usage-error.ts';

/** Throws UsageError where there is none. */
export function fileOf(command: string, argv: readonly string[]): string {
  const [file] = argv;
  if (file === undefined || file.startsWith('-'))
    throw new UsageError(
      `${command}: name a file first: hartix ${command} FILE; see hartix ${command} --help`,
    );
  return file;
}

/** Before the guest's command, whose own options come behind `--`. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv
    .slice(0, end < 0 ? undefined : end)
    .some((word) => word === '--help' || word === '-h');
}
