/** What --fault has made fail, and how to see that again. */
import type { System } from '../api/system.ts';

const MOST_LINES = 20;

/** Of a disk: the machine went off with it. EX_OSERR of sysexits(3). */
export const EXIT_POWER_CUT = 71;

export function hasLostPower(system: System): boolean {
  return system.faults.some(({ rule }) => rule.startsWith('disk:cut'));
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command line as it was, with the seed that the machine got where none was given. */
export function repeatCommand(argv: readonly string[], seed: number | undefined): string {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const hasSeed = options.some((word) => /^--(deterministic|harts)/.test(word));
  const [command = '', ...rest] = argv;
  const words = ['hartix', command, ...(hasSeed ? [] : [`--deterministic=${seed}`]), ...rest];
  return words.map(quote).join(' ');
}

/** To standard error, at the end of a run with rules. */
export function reportFaults(system: System): void {
  const { faults, seed } = system;
  const lines = faults
    .slice(0, MOST_LINES)
    .map(
      ({ rule, text, instructions }) => `  after ${instructions} instructions: ${text} (${rule})`,
    );
  const more = faults.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  const count = faults.length === 1 ? '1 failure was' : `${faults.length} failures were`;
  const again = `again: ${repeatCommand(process.argv.slice(2), seed)}`;
  process.stderr.write([`hartix: ${count} injected, seed ${seed}`, ...lines, again, ''].join('\n'));
}
