/** A row of the system-call table: number, name, handler and arguments, checked against each other by the compiler. */
import type { IoBuffer } from '../lib/io-buffer.ts';
import type { Result } from './block.ts';
import type { UserBuffer } from './mm/user-memory.ts';
import type { WORDS, WordName } from './syscall-words.ts';
import type { Task } from './task.ts';

interface KindTypes {
  i32: number;
  u32: number;
  u64: number;
  s64: number;
  path: string;
  optpath: string | undefined;
  latepath: () => string;
  lateoptpath: () => string | undefined;
}

type Split<S extends string> = S extends ''
  ? []
  : S extends `${infer Head} ${infer Tail}`
    ? [Head, ...Split<Tail>]
    : [S];

/** An unknown word gives a parameter that no handler can have. */
interface UnknownWord<W> {
  readonly unknownWord: W;
}

type Parameters<W extends readonly unknown[]> = W extends [infer Head, ...infer Tail]
  ? Head extends WordName
    ? (typeof WORDS)[Head]['kind'] extends infer Kind
      ? Kind extends 'buffer'
        ? Tail extends [unknown, ...infer Rest]
          ? [UserBuffer, ...Parameters<Rest>]
          : [UnknownWord<'buffer without a length'>]
        : Kind extends 'iovec'
          ? Tail extends [unknown, ...infer Rest]
            ? [IoBuffer, ...Parameters<Rest>]
            : [UnknownWord<'iovec without a count'>]
          : Kind extends keyof KindTypes
            ? [KindTypes[Kind], ...Parameters<Tail>]
            : never
      : never
    : [UnknownWord<Head>]
  : [];

/** A handler as the dispatcher calls it. */
export type AnyHandler = (task: Task, ...parameters: never[]) => Result;

/** What a call does when it fails, if not nothing: all the same what it does, or to return something else than an error. */
export type Failing = 'performs' | ((task: Task) => number);

export interface Row {
  readonly number: number;
  readonly name: string;
  readonly handler: AnyHandler;
  readonly words: readonly WordName[];
  /** What Linux does and this does not; undefined for complete ones. */
  readonly missing: string | undefined;
  /** For injected failures (faults/); undefined for calls that do nothing and return the error. */
  readonly failing: Failing | undefined;
}

const MISSING = new WeakMap<object, string>();

/**
 * One system call of the generic table (include/uapi/asm-generic/unistd.h). `words` are separated by single spaces;
 * 'buffer size' and 'iovec count' make one parameter of two registers.
 */
export function row<const S extends string>(
  number: number,
  name: string,
  handler: (task: Task, ...parameters: Parameters<Split<S>>) => Result,
  words: S,
  failing?: Failing,
): Row {
  return {
    number,
    name,
    handler: handler as AnyHandler,
    words: (words === '' ? [] : words.split(' ')) as WordName[],
    missing: MISSING.get(handler),
    failing,
  };
}

/** Mark a handler whose call is not complete; listed in /proc/syscalls. */
export function partial<H extends object>(handler: H, missing: string): H {
  MISSING.set(handler, missing);
  return handler;
}
