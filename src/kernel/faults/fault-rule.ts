/** A rule of --fault: which calls or requests of a disk fail, how, and when. TARGET:FAILURE[:NAME=VALUE…] */
import { errnoNumber } from '../../abi/errno.ts';
import { syscallNumbers } from '../../abi/syscall-names.ts';

export type Failure =
  | { readonly kind: 'errno'; readonly errno: number }
  /** Fewer bytes are moved than were asked for. */
  | { readonly kind: 'short' }
  /** The power goes: of a disk only. */
  | { readonly kind: 'cut' };

/** What a request of a disk does. */
export type DiskOperation = 'read' | 'write' | 'flush';

export interface FaultRule {
  /** As it was written. */
  readonly text: string;
  /** By number; empty for a rule of disks. */
  readonly calls: ReadonlySet<number>;
  readonly failure: Failure;
  /** Share of those that match and are not left out by the others. */
  readonly probability: number;
  /** Only this one of those that match, from 1 on; each of so many; only those behind so many; at most so many. */
  readonly nth: number | undefined;
  readonly every: number | undefined;
  readonly after: number;
  readonly times: number;
  /** Of the path or open file; `*` is any characters, `?` is one. */
  readonly path: RegExp | undefined;
  readonly pid: number | undefined;
  readonly comm: string | undefined;
  readonly operation: DiskOperation | undefined;
}

/** A rule that says nothing, in words for the user. */
export class FaultRuleError extends Error {
  override readonly name = 'FaultRuleError';
}

/** Words for several calls: what libraries choose among. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  alloc: ['brk', 'mmap', 'mremap'],
  read: ['read', 'readv', 'pread64', 'preadv', 'preadv2'],
  write: ['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2'],
  open: ['openat', 'openat2'],
  fork: ['clone', 'clone3'],
};
/** A program that could not end, or not come back from a handler, would be lost. */
const NEVER: ReadonlySet<string> = new Set(['exit', 'exit_group', 'rt_sigreturn']);
/** Calls that may move fewer bytes than they were asked for; the others give up a message for that, or fail. */
const SHORT: ReadonlySet<string> = new Set([
  ...(FAMILIES['read'] ?? []),
  ...(FAMILIES['write'] ?? []),
  'getrandom',
]);
const OPERATIONS: readonly string[] = ['read', 'write', 'flush'] satisfies DiskOperation[];
const SETTINGS = ['p', 'nth', 'every', 'after', 'times', 'path', 'pid', 'comm', 'op'] as const;
type Setting = (typeof SETTINGS)[number];

function isSetting(name: string): name is Setting {
  return (SETTINGS as readonly string[]).includes(name);
}

/** Throws FaultRuleError. */
export function parseFaultRule(text: string): FaultRule {
  const wrong = (reason: string) => new FaultRuleError(`fault '${text}': ${reason}`);
  const [target = '', failure = '', ...words] = text.split(':');
  if (target === '' || failure === '')
    throw wrong('write TARGET:FAILURE, as write:ENOSPC:p=0.01, read:short or disk:EIO:nth=3');
  const settings = settingsOf(words, wrong);
  const count = (name: Setting): number | undefined => {
    const value = settings.get(name);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d{0,14}$/.test(value)) throw wrong(`${name}=${value}: write a number from 1 on`);
    return Number(value);
  };
  const operation = settings.get('op');
  if (operation !== undefined && (target !== 'disk' || !OPERATIONS.includes(operation)))
    throw wrong('op= is for disks: read, write or flush');
  const path = settings.get('path');
  return {
    text,
    calls: callsOf(target, wrong),
    failure: failureOf(target, failure, wrong),
    probability: probabilityOf(settings.get('p'), wrong),
    nth: count('nth'),
    every: count('every'),
    after: count('after') ?? 0,
    times: count('times') ?? Number.POSITIVE_INFINITY,
    path: path === undefined ? undefined : patternOf(path),
    pid: count('pid'),
    comm: settings.get('comm'),
    operation: operation as DiskOperation | undefined,
  };
}

type Wrong = (reason: string) => FaultRuleError;

function settingsOf(words: readonly string[], wrong: Wrong): Map<Setting, string> {
  const settings = new Map<Setting, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    const name = word.slice(0, Math.max(at, 0));
    if (!isSetting(name) || at === word.length - 1)
      throw wrong(`'${word}' is none of ${SETTINGS.map((known) => `${known}=`).join(' ')}`);
    if (settings.has(name)) throw wrong(`${name}= is there twice`);
    settings.set(name, word.slice(at + 1));
  }
  return settings;
}

function callsOf(target: string, wrong: Wrong): Set<number> {
  if (target === 'disk') return new Set();
  const names = (Object.hasOwn(FAMILIES, target) ? FAMILIES[target] : undefined) ?? [target];
  return new Set(
    names.map((name) => {
      const number = syscallNumbers().get(name);
      if (number === undefined)
        throw wrong(`there is no system call '${name}'; other targets are alloc and disk`);
      if (NEVER.has(name)) throw wrong(`${name} cannot fail`);
      return number;
    }),
  );
}

function failureOf(target: string, name: string, wrong: Wrong): Failure {
  if (name === 'short') {
    if (!SHORT.has(target)) throw wrong(`short is for ${[...SHORT].join(', ')}`);
    return { kind: 'short' };
  }
  if (name === 'cut') {
    if (target !== 'disk') throw wrong('cut is for disk');
    return { kind: 'cut' };
  }
  const errno = errnoNumber(name);
  if (errno === undefined)
    throw wrong(`'${name}' is no error, as ENOSPC or EINTR, and neither short nor cut`);
  if (target === 'disk' && name !== 'EIO' && name !== 'ENOSPC')
    throw wrong('a disk fails with EIO, ENOSPC or cut');
  return { kind: 'errno', errno };
}

function probabilityOf(text: string | undefined, wrong: Wrong): number {
  if (text === undefined) return 1;
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw wrong(`p=${text}: write a number above 0, at most 1`);
  return value;
}

function patternOf(glob: string): RegExp {
  const body = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${body}$`, 's');
}
