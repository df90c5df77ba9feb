/** Options of the command line as options of boot(). */
import type { Limits } from '../api/limits.ts';
import type { BootOptions } from '../api/options.ts';
import { type Arguments, listOf, numberOf, seedOf } from './arguments.ts';
import { timeZone } from './host-zone.ts';
import { UsageError } from './usage-error.ts';

/** HOST:GUEST[:ro] to [guest, host[:ro]]. The guest path begins with /, so a colon in the host's path is no problem. */
function parseMount(spec: string): [string, string] {
  const match = /^(.+?):(\/[^:]*)(:ro)?$/.exec(spec);
  if (!match) throw new UsageError(`--mount '${spec}': write HOST:GUEST or HOST:GUEST:ro`);
  const [, host = '', guest = '', readOnly = ''] = match;
  return [guest, host + readOnly];
}

export function parseEnvironment(specs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    specs.map((spec): [string, string] => {
      const at = spec.indexOf('=');
      if (at < 1) throw new UsageError(`--env '${spec}': write NAME=VALUE`);
      return [spec.slice(0, at), spec.slice(at + 1)];
    }),
  );
}

/** NAME=VALUE, as `limits` of boot(), but time is in seconds. What the values may be is checked there. */
function parseLimits(specs: readonly string[]): Limits {
  return Object.fromEntries(
    specs.map((spec): [string, number | string] => {
      const at = spec.indexOf('=');
      if (at < 1) throw new UsageError(`--limit '${spec}': write NAME=VALUE, as in tasks=50`);
      const name = spec.slice(0, at);
      const text = spec.slice(at + 1);
      if (name === 'output' || name === 'disk') return [name, text];
      return [name, decimal(name, text) * (name === 'time' ? 1000 : 1)];
    }),
  );
}

/** 1000, 0.5, 1e9. */
function decimal(name: string, text: string): number {
  if (/^\d+(\.\d+)?(e\d+)?$/i.test(text)) return Number(text);
  throw new UsageError(`--limit ${name}=${text}: write a number, as 1000 or 1e9`);
}

/** What the host tells every guest: language, time zone, kind of terminal. */
function hostEnvironment(): Record<string, string> {
  const result: Record<string, string> = { TZ: timeZone() };
  for (const name of ['LANG', 'TERM', 'COLORTERM']) {
    const value = process.env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Folder of the guest where --here mounts the host's working directory. */
export const HERE_FOLDER = '/here';

function checkFixed(args: Arguments): void {
  const mmu = args.value('mmu');
  if (mmu !== undefined && mmu !== 'sv39')
    throw new UsageError(`--mmu ${mmu}: this version has sv39`);
  const net = args.value('net');
  if (net !== undefined && net !== 'none')
    throw new UsageError(`--net ${net}: this version has none`);
}

/** What the kernel is told. Throws UsageError. */
function commandLine(args: Arguments): string | undefined {
  const asid = args.value('asid');
  if (asid !== undefined && asid !== 'on' && asid !== 'off')
    throw new UsageError(`--asid ${asid}: on or off`);
  const words = [args.value('append'), asid === undefined ? undefined : `asid=${asid}`];
  const given = words.filter((word) => word !== undefined);
  return given.length === 0 ? undefined : given.join(' ');
}

/** `terminal`: variables of the guest's that are not as the host's. Throws UsageError; what depends on the host's files is checked by boot(). */
export function bootOptions(
  args: Arguments,
  terminal: Readonly<Record<string, string>> = {},
): BootOptions {
  checkFixed(args);
  const mounts = Object.fromEntries(args.values('mount').map(parseMount));
  if (args.flags.has('here')) mounts[HERE_FOLDER] = process.cwd();
  const seed = seedOf(args);
  const memory = args.value('memory');
  const schedule = args.value('schedule');
  const codeBudget = args.value('code-budget');
  const rootfs = args.value('rootfs');
  const isa = args.value('isa');
  const append = commandLine(args);
  const harts = numberOf('harts', args.value('harts'));
  const gdb = numberOf('gdb', args.value('gdb'));
  return {
    mounts,
    disks: args.values('disk'),
    faults: args.values('fault'),
    ...(schedule === undefined ? {} : { schedule }),
    env: {
      ...hostEnvironment(),
      ...terminal,
      ...parseEnvironment(args.values('env')),
    },
    translate: !args.flags.has('interp'),
    trace: listOf(args.value('trace')),
    cache: !args.flags.has('no-cache'),
    profile: args.value('profile') !== undefined,
    limits: parseLimits(args.values('limit')),
    statistics: args.flags.has('stats'),
    onTrace: (channel, text) => process.stderr.write(`[${channel}] ${text}\n`),
    ...(memory === undefined ? {} : { memory }),
    ...(harts === undefined ? {} : { harts }),
    ...(gdb === undefined ? {} : { gdb }),
    ...(codeBudget === undefined ? {} : { codeBudget }),
    ...(rootfs === undefined ? {} : { rootfs }),
    ...(isa === undefined ? {} : { isa }),
    ...(append === undefined ? {} : { append }),
    ...(seed === undefined ? {} : { deterministic: seed }),
    ...(seed === undefined && args.value('time') === 'real' ? { deterministic: false } : {}),
  };
}
