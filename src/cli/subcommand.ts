/** What a row of the table of subcommands is. */
import type { OptionTable } from './arguments.ts';

export interface Subcommand {
  /** What follows its name, as --help shows it. */
  readonly words: string;
  readonly help: string;
  /** What it does, by its first word, if there are several things. */
  readonly actions?: readonly string[];
  /** Its own options; of one that is read from another module, that is loaded. */
  readonly options: () => OptionTable | Promise<OptionTable>;
  /** Returns the exit status. Throws UsageError, HartixError. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}
