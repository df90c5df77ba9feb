/** Command-line options: one table gives parsing, --help and the error texts. */
import { parseArgs } from 'node:util';
import { nearest } from '../api/argument-checks.ts';
import { UsageError } from './usage-error.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  readonly value?: string;
  readonly help: string;
  /** One letter that means the same. */
  readonly short?: string;
}

/** Options of a command, by name without the dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Options of every command that has a machine. */
export const MACHINE_ROWS = {
  memory: { type: 'string', value: 'SIZE', help: 'RAM, 16M to 3.5G (default 256M)' },
  harts: { type: 'string', value: 'N', help: 'number of harts, 1 to 8 (default 1)' },
  disk: {
    type: 'string',
    multiple: true,
    value: 'FILE[:ro|:cow][,SETTING]...',
    help: 'a disk file: virtio block device; written through, or (:cow) kept in memory; settings: model=hdd|ssd|nvme|tape, cache=volatile, lie=on, wrong=SECTOR:BITS',
  },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    help: 'end after this time with status 124',
  },
  deterministic: {
    type: 'string',
    value: '[=SEED]',
    help: 'same inputs, same run: virtual time, seeded randomness',
  },
  time: {
    type: 'string',
    value: 'real|virtual',
    help: 'virtual: sleeps return at once (deterministic, seed 1)',
  },
  isa: { type: 'string', value: 'STRING', help: 'extensions, as rv64gcv or rva22u64' },
  interp: { type: 'boolean', help: 'interpreter only, no translation' },
  'no-cache': { type: 'boolean', help: 'do not use saved translations' },
  stats: { type: 'boolean', help: 'print counters of the run to stderr at the end' },
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies Record<string, Option>;

/** Of `hartix` and `hartix run`. */
export const BOOT_ROWS = {
  ...MACHINE_ROWS,
  'code-budget': {
    type: 'string',
    value: 'SIZE',
    help: 'translated code that is kept in memory, 64K to 256M (default 64M)',
  },
  rootfs: {
    type: 'string',
    value: 'DIR|TAR|IMG',
    help: 'another root: ext2 image, folder, tar, OCI image; never changed',
  },
  mount: {
    type: 'string',
    multiple: true,
    value: 'HOST:GUEST[:ro]',
    help: 'a folder of the host in the guest',
  },
  env: { type: 'string', multiple: true, value: 'K=V', help: 'a variable for the program' },
  user: { type: 'string', value: 'NAME', help: 'guest user (default root)' },
  cwd: { type: 'string', value: 'DIR', help: 'working directory in the guest' },
  here: { type: 'boolean', help: "the host's working directory, read-write, as the guest's" },
  cold: {
    type: 'boolean',
    help: 'boot; without it `hartix` at a terminal goes on from where a boot had come to its prompt',
  },
  plain: {
    type: 'boolean',
    help: 'no screen is drawn: for screen readers; also with TERM=dumb',
  },
  clipboard: {
    type: 'boolean',
    help: "programs of the guest may write the host's clipboard (OSC 52)",
  },
  trace: {
    type: 'string',
    value: 'LIST',
    help: 'log syscall,signal,sched,irq,page,jit,errno,exec to stderr',
  },
  gdb: {
    type: 'string',
    value: 'PORT',
    help: 'the program waits for a gdb on this port of localhost (0: any)',
  },
  profile: {
    type: 'string',
    value: 'FILE',
    help: 'sample the programs, for Chrome or VS Code (.cpuprofile)',
  },
  fault: {
    type: 'string',
    multiple: true,
    value: 'RULE',
    help: 'make calls or disks fail: write:ENOSPC:p=0.01, read:short, alloc:ENOMEM, disk:EIO, disk:cut',
  },
  schedule: {
    type: 'string',
    value: 'random:SEED|pct:SEED:DEPTH:LENGTH',
    help: 'another schedule of threads and processes, as hartix explore tells it; deterministic',
  },
  'trace-hash': {
    type: 'boolean',
    help: 'deterministic: a number that is the same for the same run, to stderr',
  },
  asid: {
    type: 'string',
    value: 'on|off',
    help: 'address-space identifiers; off: each switch of processes flushes the TLB',
  },
  limit: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'for programs that are not trusted: instructions, time (s), output, tasks, disk, inodes',
  },
  append: { type: 'string', value: 'CMDLINE', help: 'words for the kernel command line' },
  mmu: { type: 'string', value: 'sv39', help: 'page-table format' },
  net: { type: 'string', value: 'none', help: 'network (this version: none)' },
  version: { type: 'boolean', help: 'print the version' },
} as const satisfies Record<string, Option>;

/** Options of the contract whose issues have not been built: refused by name, never ignored. */
const LATER = ['state'];

export interface Arguments<Name extends string = keyof typeof BOOT_ROWS> {
  /** Words before, and after, a `--`. */
  readonly words: readonly string[];
  readonly command: readonly string[] | undefined;
  readonly flags: ReadonlySet<string>;
  /** Of all options that were given. */
  readonly names: readonly string[];
  value(name: Name): string | undefined;
  values(name: Name): readonly string[];
}

function optionValue(word: string, value: string | undefined): string {
  if (value === undefined || value === '--') throw new UsageError(`option ${word} needs a value`);
  return value;
}

/** Options end at the first word that is none (so that FILE's and CMD's own options are theirs) or at `--`. */
function split(
  argv: readonly string[],
  table: OptionTable,
): {
  options: string[];
  words: string[];
  command: string[] | undefined;
} {
  const options: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index] as string;
    if (word === '--') return { options, words: [], command: argv.slice(index + 1) };
    if (!word.startsWith('-') || word === '-') break;
    const name = word.replace(/^--?/, '').split('=')[0] ?? '';
    const option = table[name];
    if (!option && LATER.includes(name)) {
      throw new UsageError(`option --${name} is not in this version`);
    }
    if (option?.type === 'string' && !word.includes('=')) {
      // --deterministic may stand alone; the others take the next word.
      if (name === 'deterministic') options.push('--deterministic=1');
      else options.push(word, optionValue(word, argv[++index]));
    } else options.push(word);
  }
  return { options, words: argv.slice(index), command: undefined };
}

/** Options of `hartix` and `hartix run`. Throws UsageError. */
export function parseArguments(argv: readonly string[]): Arguments {
  return parseOptions(argv, BOOT_ROWS);
}

/** Of `hartix jit`: those of `hartix run`, and its own. */
export const JIT_ROWS = {
  ...BOOT_ROWS,
  top: { type: 'string', value: 'N', help: 'how many regions (default 10)' },
  output: { type: 'string', value: 'FILE', help: 'write them there (default stdout)' },
} as const satisfies Record<string, Option>;

/** Options of `hartix jit`: those of `hartix run`, and its own. Throws UsageError. */
export function parseJitArguments(argv: readonly string[]): Arguments<keyof typeof JIT_ROWS> {
  return parseOptions(argv, JIT_ROWS);
}

/** Options by a table. Throws UsageError. */
export function parseOptions<Name extends string>(
  argv: readonly string[],
  table: Readonly<Record<Name, Option>>,
): Arguments<Name> {
  const { options, words, command } = split(argv, table);
  let values: Record<string, string | boolean | string[] | undefined>;
  try {
    values = parseArgs({
      args: options,
      options: {
        ...Object.fromEntries(
          Object.entries<Option>(table).map(([name, option]) => [
            name,
            {
              type: option.type,
              multiple: option.multiple ?? false,
              ...(option.short === undefined ? {} : { short: option.short }),
            },
          ]),
        ),
        help: { type: 'boolean', short: 'h' },
      },
    }).values as typeof values;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    const unknown = /^Unknown option '--([^'=]+)/.exec(text)?.[1];
    const near = unknown === undefined ? undefined : nearest(unknown, Object.keys(table));
    const what = (text.split(/\.\s/)[0] ?? text).toLowerCase().replace(/\.$/, '');
    throw new UsageError(near === undefined ? what : `${what}; did you mean --${near}?`, { cause });
  }
  const list = (name: string): readonly string[] => {
    const value = values[name];
    return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  };
  return {
    words,
    command,
    names: Object.keys(values),
    flags: new Set(Object.keys(values).filter((name) => values[name] === true)),
    value: (name) => list(name).at(-1),
    values: list,
  };
}

/** One line for each option of a table. */
export function optionHelp(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, option]) => {
    const separator = option.value?.startsWith('[') ? '' : ' ';
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const left = `${short}--${name}${option.value === undefined ? '' : separator + option.value}`;
    return `  ${left.padEnd(26)} ${option.help}`;
  });
  return rows.join('\n');
}

/** Throws UsageError. */
function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError(`--deterministic=${text}: the seed is a whole number`);
  }
  return seed;
}

/** Of --deterministic, or --time virtual; undefined in real time. Throws UsageError. */
export function seedOf(args: Arguments<'deterministic' | 'time'>): number | undefined {
  const time = args.value('time');
  if (time !== undefined && time !== 'real' && time !== 'virtual') {
    throw new UsageError(`--time ${time}: write real or virtual`);
  }
  const seed = args.value('deterministic') ?? (time === 'virtual' ? '1' : undefined);
  return seed === undefined ? undefined : parseSeed(seed);
}

/** A list of words with commas between them. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean);
}

/** A whole number of decimal digits. Throws UsageError. */
export function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${option} ${text}: write a number`);
  return Number(text);
}
