/** `hartix doctor`: looks whether this host can run Hartix, and says what to do where it cannot. */
import { type OptionTable, optionHelp, parseOptions } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';
import { CHECKS, type Finding } from './checks.ts';
import { type Host, thisHost } from './host.ts';

/** Of `hartix doctor`. */
export const DOCTOR_ROWS = {
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies OptionTable;

const USAGE = `usage: hartix doctor

Look at Node, its WebAssembly, memory, folders, the package's own files, the terminal and the programs that some
commands use, then boot a machine. One line each: ok, warn (a part of Hartix does not work, or not well) or fail.

options:
${optionHelp(DOCTOR_ROWS)}

exit status: 0 where nothing failed, warnings or not; 1 where something did; 2 for a wrong option.
`;

const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length));

function line(name: string, { level, text, advice }: Finding): string {
  const first = `${level.padEnd(4)} ${name.padEnd(NAME_WIDTH)}  ${text}\n`;
  return advice === undefined ? first : `${first}${' '.repeat(NAME_WIDTH + 7)}${advice}\n`;
}

/** Says what each check found; returns the exit status. */
export async function examine(host: Host, say: (text: string) => void): Promise<number> {
  let hasFailed = false;
  for (const { name, look } of CHECKS) {
    const finding = await look(host);
    if (finding.level === 'fail') hasFailed = true;
    say(line(name, finding));
  }
  return hasFailed ? 1 : 0;
}

/** Returns the exit status. Throws UsageError. */
export function doctor(argv: readonly string[]): Promise<number> {
  const args = parseOptions(argv, DOCTOR_ROWS);
  if (args.flags.has('help')) {
    process.stdout.write(USAGE);
    return Promise.resolve(0);
  }
  const [word] = args.words;
  if (word !== undefined) throw new UsageError(`doctor takes no word '${word}'`);
  return examine(thisHost(), (text) => process.stdout.write(text));
}
