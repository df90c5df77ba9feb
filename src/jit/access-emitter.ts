/** Loads and stores of a region: each looks its page up in the TLB, or shares a look-up with others (access-groups.ts, kept-checks.ts). */
import binaryen from 'binaryen';
import type { AccessSize } from '../isa/ops.ts';
import type { AccessGroup } from './access-groups.ts';
import type { AlignedSize } from './atomic-emitter.ts';
import { BranchHints } from './branch-hints.ts';
import { GroupHosts } from './group-hosts.ts';
import { InlineConversionEmitter } from './inline-conversion-emitter.ts';
import type { Sharing } from './kept-checks.ts';
import { loadSized, storeSized, TLB_TABLE, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { PredictedAddends } from './predicted-addends.ts';
import { Locals } from './temporaries.ts';
import { asI32, asI64, type ExpressionRef, type Value } from './value.ts';

const { i32, i64, f64 } = binaryen;

export abstract class AccessEmitter extends InlineConversionEmitter {
  readonly locals = new Locals(3);
  readonly hints = new BranchHints();
  readonly predictions = new PredictedAddends(this.module, this.locals, this.hints);
  /** The read table; the write table is TLB_TABLE.write behind it. */
  abstract readonly tlb: number;
  /** Of the instruction: page offset, whether it is a float's, immediate, rs1, and how its access is looked up. */
  protected offset = 0;
  protected isFloat = false;
  protected immediate = 0;
  protected pointer = 0;
  protected sharing: Sharing | undefined;
  private readonly hosts = new GroupHosts(this.locals);

  abstract x(register: number): Value;
  /** Leave to the interpreter at this instruction where the condition holds. */
  protected abstract fail(condition: ExpressionRef): void;

  /** A block begins: no group is open. */
  beginBlock(): void {
    this.hosts.beginBlock();
  }

  /** The host address of `size` bytes that do not leave their page; a miss leaves the region. */
  private lookUp(va: Value, table: number, size: number): ExpressionRef {
    const { module } = this;
    const pointer = () => asI64(module, va);
    const entry = this.findEntry(va);
    this.fail(tlbMisses(module, entry(), pointer(), size, table));
    if (!this.predictions.has(this.offset)) return tlbHost(module, entry(), pointer(), table);
    this.emit(this.predictions.check(this.offset, entry, table));
    return this.predictions.host(this.offset, pointer());
  }

  /** Address of the read table's entry for `va`. */
  findEntry(va: Value): () => ExpressionRef {
    const { module } = this;
    const entry = this.newLocal(i32);
    const offset = tlbOffset(module, asI64(module, va));
    this.emit(module.local.set(entry, module.i32.add(module.local.get(this.tlb, i32), offset)));
    return () => module.local.get(entry, i32);
  }

  /** Look a whole group up, before its first access; to the label where it does not lie in one page that can be accessed so. */
  openGroup(group: AccessGroup, label: string): void {
    const { module } = this;
    this.locals.release();
    const { misses, found } = this.lookUpGroup(group);
    this.emit(this.hints.unlikely(module.br_if(label, misses)), found);
  }

  /** A kept group was not looked up: its accesses do that themselves. */
  forgetHost(group: AccessGroup): void {
    const { module } = this;
    if (group.isKept) this.emit(module.local.set(this.hosts.of(group), module.i32.const(0)));
  }

  /** Whether a group does not lie in one page that can be accessed so; and what sets its host address where it does. */
  private lookUpGroup(group: AccessGroup): { misses: ExpressionRef; found: ExpressionRef } {
    const { module } = this;
    const { base, low, end, writes, chase } = group;
    const host = this.hosts.of(group);
    const va = this.let(this.add(this.x(base), this.constant(low)));
    const table = writes ? TLB_TABLE.write : TLB_TABLE.read;
    const entry = this.findEntry(va);
    const pointer = () => asI64(module, va);
    const misses = tlbMisses(module, entry(), pointer(), end - low, table);
    if (chase === undefined)
      return { misses, found: module.local.set(host, tlbHost(module, entry(), pointer(), table)) };
    const check = this.predictions.check(chase, entry, table);
    const set = module.local.set(host, this.predictions.host(chase, pointer()));
    return { misses, found: module.block(null, [check, set]) };
  }

  /** Do an access behind a host address: its group's, or one that is looked up. */
  private access(
    address: Value,
    table: number,
    size: number,
    build: (host: ExpressionRef, offset: number) => ExpressionRef,
  ): void {
    const { module, sharing } = this;
    if (sharing === undefined) {
      this.emit(build(this.lookUp(this.let(address), table, size), 0));
      return;
    }
    if (sharing.kind === 'strided') {
      const addend = module.local.get(sharing.addend, i32);
      this.emit(build(module.i32.add(asI32(module, address), addend), 0));
      return;
    }
    const { group, kind } = sharing;
    const host = () => module.local.get(this.hosts.of(group), i32);
    const access =
      this.pointer === group.base
        ? build(host(), this.immediate - group.low)
        : build(this.entryOf(group, address), 0);
    if (kind === 'shared') {
      this.emit(access);
      return;
    }
    const opening = kind === 'alone' ? this.lookUpGroup(group) : undefined;
    const outer = this.take();
    if (opening !== undefined) this.forgetHost(group);
    this.emit(build(this.lookUp(this.let(address), table, size), 0));
    const apart = module.block(null, this.take());
    const together = opening ? module.block(null, [opening.found, access]) : access;
    const isApart = opening?.misses ?? module.i32.eqz(host());
    this.emit(...outer, this.hints.unlikely(module.if(isApart, apart, together)));
  }

  /** Host address of an entry of the table that begins at a group's base register. */
  private entryOf(group: AccessGroup, address: Value): ExpressionRef {
    const { i32 } = this.module;
    const lowest = this.add(this.x(group.base), this.constant(group.low));
    // The difference does not wait for the address, which may have come from a load.
    const host = this.module.local.get(this.hosts.of(group), binaryen.i32);
    const difference = i32.sub(host, asI32(this.module, lowest));
    return i32.add(asI32(this.module, address), difference);
  }

  load(address: Value, size: AccessSize, signed: boolean): Value {
    const { module } = this;
    const isDouble = size === 8 && this.isFloat;
    const result = this.newLocal(isDouble ? f64 : i64);
    this.access(address, TLB_TABLE.read, size, (host, offset) =>
      module.local.set(
        result,
        isDouble ? module.f64.load(offset, 1, host) : loadSized(module, size, signed, host, offset),
      ),
    );
    return isDouble ? this.doubleValue(result) : this.localValue(result);
  }

  store(address: Value, size: AccessSize, value: Value): void {
    const { module } = this;
    this.access(address, TLB_TABLE.write, size, (host, offset) =>
      size === 8 && value.type === 'f64'
        ? module.f64.store(offset, 1, host, value.build())
        : storeSized(module, size, host, asI64(module, value), offset),
    );
  }

  protected hostAddress(address: Value, size: AlignedSize, write: boolean): () => ExpressionRef {
    const { module } = this;
    const va = this.let(address);
    if (size > 1) this.fail(module.i32.and(asI32(module, va), module.i32.const(size - 1)));
    const host = this.newLocal(i32);
    const found = this.lookUp(va, write ? TLB_TABLE.write : TLB_TABLE.read, size);
    this.emit(module.local.set(host, found));
    return () => module.local.get(host, i32);
  }
}
