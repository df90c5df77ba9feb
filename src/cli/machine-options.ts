/** Options of `hartix machine`: the table, and what they are to openMachine(). */
import { Hub } from '../api/hub.ts';
import type { MachineOptions } from '../api/machine-options.ts';
import {
  type Arguments,
  listOf,
  MACHINE_ROWS,
  numberOf,
  type Option,
  optionHelp,
  parseOptions,
  seedOf,
} from './arguments.ts';
import { terminalSize } from './host-terminal.ts';
import { UsageError } from './usage-error.ts';

/** Of `hartix machine`, and of the commands that are that with a file. */
export const FOREIGN_ROWS = {
  ...MACHINE_ROWS,
  firmware: {
    type: 'string',
    value: 'FILE',
    help: 'program for M-mode (OpenSBI, a bare program): ELF or raw; builtin, none',
  },
  kernel: {
    type: 'string',
    value: 'FILE',
    help: 'ELF, Linux Image or raw; plain, gzip or zstd',
  },
  initrd: { type: 'string', value: 'FILE', help: 'initial RAM disk' },
  append: { type: 'string', value: 'CMDLINE', help: 'kernel command line' },
  bare: { type: 'boolean', help: 'as --firmware none: the kernel starts in M-mode' },
  mmu: { type: 'string', value: 'sv39|sv48|sv57', help: 'largest page tables (default sv39)' },
  aclint: { type: 'boolean', help: 'an ACLINT in place of the CLINT, as QEMU with aclint=on' },
  net: {
    type: 'string',
    value: 'none|hub|FILE',
    help: 'hub: a network card; FILE: and its frames captured as pcap',
  },
  device: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'balloon, keyboard or tablet, which programs drive through the API',
  },
  port: {
    type: 'string',
    multiple: true,
    value: 'NAME:FILE',
    help: 'a further console port; what the guest writes to it goes to FILE',
  },
  mount: {
    type: 'string',
    multiple: true,
    value: 'HOST:TAG[:ro]',
    help: 'a folder of the host as 9p share: mount -t 9p TAG DIR',
  },
  gdb: {
    type: 'string',
    value: 'PORT',
    help: 'wait for a gdb on this port of localhost (0: any) before the first instruction',
  },
  save: {
    type: 'string',
    value: 'FILE',
    help: 'where ^A s and SIGUSR1 save the machine (default machine.snapshot)',
  },
  when: {
    type: 'string',
    value: 'TEXT',
    help: 'save it so once its console has printed TEXT, and end',
  },
  after: { type: 'string', value: 'SECONDS', help: 'save it so after this time, and end' },
  restore: {
    type: 'string',
    value: 'FILE',
    help: 'go on from a saved machine; disks and shares are named again',
  },
  record: { type: 'string', value: 'FILE', help: 'write console and network input to a log' },
  replay: { type: 'string', value: 'FILE', help: 'take it from a log: the same run again' },
  trace: {
    type: 'string',
    value: 'exec,irq,page,jit',
    help: 'instructions, traps, walks of page tables, translations: lines to stderr',
  },
  'trace-file': { type: 'string', value: 'FILE', help: 'those lines to a file' },
  'trace-hash': { type: 'boolean', help: 'print a number that stands for a deterministic run' },
  'no-reboot': { type: 'boolean', help: 'a reboot of the guest is its end, with status 0' },
  quiet: { type: 'boolean', short: 'q', help: 'no banners' },
} as const satisfies Record<string, Option>;

export type MachineArguments = Arguments<keyof typeof FOREIGN_ROWS>;

/** Subcommands that are `hartix machine` with a file that they are about; `option` is what that is there. */
export interface MachineCommand {
  readonly option: 'save' | 'restore' | 'record' | 'replay';
  readonly usage: string;
  /** Options that it implies where none of the same name, or of `instead`, is given. */
  readonly implied?: { readonly word: string; readonly instead: readonly string[] };
}

export const MACHINE_COMMANDS: Readonly<Record<string, MachineCommand>> = {
  snapshot: {
    option: 'save',
    usage: `Run a machine, and save it to a file: at --when or --after, which end it, or by ^A s and SIGUSR1.

usage:
  hartix snapshot FILE --kernel Image --initrd initrd.gz --when 'login:'
  hartix snapshot FILE --kernel kernel.elf --disk fs.img:cow
  hartix restore FILE --disk fs.img:cow`,
  },
  restore: {
    option: 'restore',
    usage: `Go on from a machine that was saved. Memory, harts, ISA and command line are as they were.

usage:
  hartix restore FILE
  hartix restore FILE --disk fs.img --mount data:share`,
  },
  record: {
    option: 'record',
    usage: `Run a deterministic machine, and write what is typed and what comes from the network to a log.

usage:
  hartix record LOG --kernel Image --initrd initrd.gz
  hartix record LOG --deterministic=7 --disk fs.img:cow --kernel kernel.elf
  hartix replay LOG ...`,
    implied: { word: '--deterministic=1', instead: ['deterministic', 'time', 'restore'] },
  },
  replay: {
    option: 'replay',
    usage: `Run a machine again as its log says. Name the kernel, disks and other options as for its recording; the seed
is in the log. Nothing is taken from the host. Status 1 where it is not the same run.

usage:
  hartix replay LOG --kernel Image --initrd initrd.gz`,
  },
};

const MACHINE_USAGE = `Run somebody else's kernel, firmware or bare program on Hartix's machine.

usage:
  hartix machine --kernel Image --initrd initrd.gz --append console=ttyS0
  hartix machine --firmware fw_dynamic.bin --kernel Image ...
  hartix machine --kernel kernel.elf --disk fs.img
  hartix snapshot FILE ..., hartix restore FILE, hartix record LOG ..., hartix replay LOG ...: see their --help`;

/** The text of --help, of `hartix machine` or of a command that is that. */
export function machineUsage(command: MachineCommand | undefined): string {
  return `${command?.usage ?? MACHINE_USAGE}
options:
${optionHelp(FOREIGN_ROWS)}

A kernel whose place is the start of RAM (0x80000000) starts there in M-mode, without firmware. Any other
one starts in S-mode under the built-in SBI 2.0, or under the firmware that is named.
In a terminal ^A is the prefix key: ^A x ends the machine, ^A ? shows the others.

exit status: 0 after a power-off, or the number that the guest reports as a failure; 124 on --timeout;
130 when ended by ^A x or ^C; 2 for a wrong option or file.
`;
}

function isGiven(argv: readonly string[], name: string): boolean {
  return argv.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
}

/** Words of such a command as those of `hartix machine`; the first one is its file. Throws UsageError. */
export function machineWords(
  name: string,
  { option, implied }: MachineCommand,
  argv: readonly string[],
): readonly string[] {
  const [file, ...rest] = argv;
  if (isGiven(argv, 'help') || argv.includes('-h')) return ['--help'];
  if (file === undefined || file === '' || file.startsWith('-')) {
    throw new UsageError(
      `${name}: name a file first: hartix ${name} FILE; see hartix ${name} --help`,
    );
  }
  if (isGiven(rest, option)) throw new UsageError(`${name}: '${file}' is the file of --${option}`);
  const words = [`--${option}=${file}`, ...rest];
  const isFixed = implied?.instead.some((other) => isGiven(rest, other)) ?? true;
  return isFixed || !implied ? words : [implied.word, ...words];
}

/** Throws UsageError. */
export function parseMachineArguments(argv: readonly string[]): MachineArguments {
  const args = parseOptions(argv, FOREIGN_ROWS);
  const [word] = args.words;
  if (word !== undefined)
    throw new UsageError(`'${word}' is no option; for a kernel write --kernel`);
  if (args.command !== undefined) throw new UsageError('hartix machine takes options only');
  return args;
}

/** HOST:TAG[:ro] to [tag, host[:ro]]. */
function parseShare(spec: string): [string, string] {
  const match = /^(.+?):([^:/]+?)(:ro)?$/.exec(spec);
  if (!match) throw new UsageError(`--mount '${spec}': write HOST:TAG or HOST:TAG:ro`);
  const [, host = '', tag = '', readOnly = ''] = match;
  return [tag, host + readOnly];
}

/** NAME:FILE to [name, file]. */
function parsePort(spec: string): [string, string] {
  const at = spec.indexOf(':');
  if (at < 1 || at === spec.length - 1) throw new UsageError(`--port '${spec}': write NAME:FILE`);
  return [spec.slice(0, at), spec.slice(at + 1)];
}

function firmwareOf(args: MachineArguments): string | undefined {
  const firmware = args.value('firmware');
  if (!args.flags.has('bare')) return firmware;
  if (firmware !== undefined && firmware !== 'none') {
    throw new UsageError('--bare is --firmware none: leave out one of the two');
  }
  return 'none';
}

function pageTables(text: string | undefined): MachineOptions['mmu'] {
  if (text === undefined || text === 'sv39' || text === 'sv48' || text === 'sv57') return text;
  throw new UsageError(`--mmu ${text}: write sv39, sv48 or sv57`);
}

/** On a hub of its own. */
function networkOf(text: string | undefined): Pick<MachineOptions, 'net' | 'capture'> {
  if (text === undefined || text === 'none') return {};
  return { net: new Hub(), ...(text === 'hub' ? {} : { capture: text }) };
}

/** Throws UsageError; what depends on the host's files is checked by openMachine(). */
export function machineOptions(args: MachineArguments): MachineOptions {
  const optional = {
    firmware: firmwareOf(args),
    kernel: args.value('kernel'),
    initrd: args.value('initrd'),
    append: args.value('append'),
    memory: args.value('memory'),
    harts: numberOf('harts', args.value('harts')),
    isa: args.value('isa'),
    ...networkOf(args.value('net')),
    mmu: pageTables(args.value('mmu')),
    aclint: args.flags.has('aclint') || undefined,
    deterministic: seedOf(args),
    restore: args.value('restore'),
    record: args.value('record'),
    traceFile: args.value('trace-file'),
    replay: args.value('replay'),
    gdb: numberOf('gdb', args.value('gdb')),
  };
  const given = Object.fromEntries(
    Object.entries(optional).filter(([, value]) => value !== undefined),
  ) as MachineOptions;
  return {
    ...given,
    devices: args.values('device') as MachineOptions['devices'] & string[],
    ports: Object.fromEntries(args.values('port').map(parsePort)),
    disks: args.values('disk'),
    trace: listOf(args.value('trace')),
    mounts: Object.fromEntries(args.values('mount').map(parseShare)),
    translate: !args.flags.has('interp'),
    cache: !args.flags.has('no-cache'),
    reboot: !args.flags.has('no-reboot'),
    banner: !args.flags.has('quiet'),
    windowSize: terminalSize(),
  };
}
