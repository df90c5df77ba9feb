/** How programs of the guest are started from outside: System.spawn, System.exec. */
import type { WindowSize } from '../protocol.ts';
import {
  ABORT_SIGNAL,
  checkArgument,
  checkOptions,
  ENVIRONMENT,
  either,
  FLAG,
  FUNCTIONS,
  MILLISECONDS,
  oneOf,
  type Shape,
  SIZE,
  WORD,
  WORDS,
} from './argument-checks.ts';
import { OptionError } from './errors.ts';
import type { Hooks } from './syscall-hooks.ts';

export interface SpawnOptions {
  /** Added to the system's environment. */
  env?: Readonly<Record<string, string>>;
  /** Working directory in the guest; default the user's home. */
  cwd?: string;
  /** Guest user; default that of boot(). */
  user?: string;
  /** True, or a size (default 24x80): the program gets a terminal as its standard streams. */
  tty?: boolean | WindowSize;
  /** 'ignore': standard input is at its end from the start. Default 'pipe'. Not for a terminal. */
  stdin?: 'pipe' | 'ignore';
  /** Kill the program (SIGTERM, after 1 s SIGKILL) when aborted. */
  signal?: AbortSignal;
  /** Functions that see its system calls, and those of its children, before they run. */
  hooks?: Hooks;
  /** Milliseconds after which it is killed; 0 is none. */
  timeout?: number;
}

export const SPAWN_SHAPE: Shape<SpawnOptions> = {
  env: ENVIRONMENT,
  cwd: WORD,
  user: WORD,
  tty: either(FLAG, SIZE),
  stdin: oneOf('pipe', 'ignore'),
  signal: ABORT_SIGNAL,
  hooks: FUNCTIONS,
  timeout: MILLISECONDS,
};

/** Throws OptionError. */
export function checkSpawn(command: string, args: unknown, options: SpawnOptions): void {
  checkArgument('spawn', 'command', command, WORD);
  checkArgument('spawn', 'arguments', args, WORDS);
  checkOptions('spawn', options, SPAWN_SHAPE);
  if (command === '') throw new OptionError('spawn: the command is empty');
  if (options.tty && options.stdin === 'ignore')
    throw new OptionError("spawn: stdin: a terminal has an input; leave out tty or 'ignore'");
}
