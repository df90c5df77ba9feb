/**
 * Host addresses of loads that wait for one another (pointer-chases.ts), from the addend of the page before. Where the entry that was
 * looked up has another one, that is taken. So what is accessed is always what the TLB says now; but as a rule the comparison only
 * confirms what the host's processor has gone on with, and the load waits for its address alone, not for the entry, too.
 */
import binaryen from 'binaryen';
import { TLB } from '../machine/hart-layout.ts';
import type { BranchHints } from './branch-hints.ts';
import type { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;

export class PredictedAddends {
  private readonly module: binaryen.Module;
  private readonly locals: Locals;
  private readonly hints: BranchHints;
  /** Page offsets of the loads. */
  private chases: ReadonlySet<number> = new Set();
  /** By that, the local; 0 when the region is entered, which is like any other that does not fit. */
  private readonly addends = new Map<number, number>();

  constructor(module: binaryen.Module, locals: Locals, hints: BranchHints) {
    this.module = module;
    this.locals = locals;
    this.hints = hints;
  }

  predict(chases: ReadonlySet<number>): void {
    this.chases = chases;
  }

  has(offset: number): boolean {
    return this.chases.has(offset);
  }

  /** Behind the check that the entry is the address's: makes its addend that of the load. */
  check(chase: number, entry: () => ExpressionRef, table: number): ExpressionRef {
    const { module } = this;
    const addend = (): ExpressionRef => module.i32.load(table + TLB.ADDEND, 4, entry());
    const local = this.local(chase);
    const isOther = module.i32.ne(addend(), module.local.get(local, i32));
    return this.hints.unlikely(module.if(isOther, module.local.set(local, addend())));
  }

  /** Where the bytes lie, behind `check`. */
  host(chase: number, pointer: ExpressionRef): ExpressionRef {
    const { module } = this;
    return module.i32.add(module.i32.wrap(pointer), module.local.get(this.local(chase), i32));
  }

  private local(chase: number): number {
    const local = this.addends.get(chase) ?? this.locals.fixed(i32);
    this.addends.set(chase, local);
    return local;
  }
}
