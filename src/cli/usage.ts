/** The text of `hartix --help`. */
import { BOOT_ROWS, optionHelp } from './arguments.ts';
import { EXIT_STATUSES } from './boot-usage.ts';
import { SUBCOMMANDS } from './subcommands.ts';

/** One line for each subcommand. */
function overview(): string {
  return Object.entries(SUBCOMMANDS)
    .map(([name, { words, help }]) =>
      `  hartix ${name} ${words}`.padEnd(55).concat(` ${help}`).trimEnd(),
    )
    .join('\n');
}

/** Of `hartix` itself. */
export function usage(): string {
  return `Hartix: a RISC-V machine with a Linux-like system, in Node.js.

usage:
  ${'hartix [options]'.padEnd(54)}a shell in a terminal; exit or ^D powers off
${overview()}

hartix COMMAND --help says more of each.

options of hartix and hartix run:
${optionHelp(BOOT_ROWS)}

${EXIT_STATUSES}`;
}
