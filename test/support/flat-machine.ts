/** A hart without a machine around it: identity-mapped RAM, no devices, no CSRs but fcsr and counters. For engine tests. */
import { SOFT_FLOAT_OPERATIONS } from '../../src/isa/softfloat.ts';
import { CAUSE } from '../../src/isa/trap.ts';
import { guardBank } from '../../src/machine/empty-banks.ts';
import type { EngineCalls } from '../../src/machine/engine.ts';
import {
  BANK_CLEAR_BYTE,
  BANKS_BASE,
  HART,
  HART_BLOCKS_BASE,
  JUMP_CACHE,
  RAM_BASE,
  RAM_PHYSICAL_BASE,
  TLB,
} from '../../src/machine/hart-layout.ts';

const OFFSET = RAM_BASE - RAM_PHYSICAL_BASE;
const JUMP = 3 * TLB.BANK_BYTES;

export class FlatMachine implements EngineCalls {
  readonly memory: WebAssembly.Memory;
  readonly hart = HART_BLOCKS_BASE;
  readonly view: DataView;
  readonly u8: Uint8Array;
  readonly ramBytes: number;
  /** Slow-path calls, by name, for tests that count them. */
  readonly called = new Map<string, number>();
  private readonly aliases = new Map<number, number>();

  constructor(ramBytes = 16 << 20) {
    this.ramBytes = ramBytes;
    const pages = (RAM_BASE + ramBytes) / 65536;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.view = new DataView(this.memory.buffer);
    this.u8 = new Uint8Array(this.memory.buffer);
    this.clearTlb();
    this.word(HART.TLB_READ, BANKS_BASE);
    this.word(HART.TLB_WRITE, BANKS_BASE + TLB.BANK_BYTES);
    this.word(HART.TLB_FETCH, BANKS_BASE + 2 * TLB.BANK_BYTES);
    this.word(HART.JUMP_CACHE, BANKS_BASE + JUMP);
    this.word(HART.FLOAT_ENABLED, 1);
    this.word(HART.CACHE_BLOCKS, 0xff);
  }

  clearTlb(): void {
    this.u8.fill(BANK_CLEAR_BYTE, BANKS_BASE, BANKS_BASE + JUMP + JUMP_CACHE.BANK_BYTES);
    guardBank(new Uint32Array(this.memory.buffer), BANKS_BASE);
  }

  word(offset: number, value?: number): number {
    if (value !== undefined) this.view.setUint32(this.hart + offset, value, true);
    return this.view.getUint32(this.hart + offset, true);
  }
  long(offset: number, value?: bigint): bigint {
    if (value !== undefined) this.view.setBigUint64(this.hart + offset, value, true);
    return this.view.getBigUint64(this.hart + offset, true);
  }
  x(register: number, value?: bigint): bigint {
    return this.long(HART.X + 8 * register, value);
  }
  get pc(): number {
    return Number(this.long(HART.PC));
  }
  set pc(address: number) {
    this.long(HART.PC, BigInt(address));
  }
  get instret(): number {
    return Number(this.long(HART.INSTRET));
  }
  /** Wasm address of a physical one. */
  at(physical: number): number {
    return physical + OFFSET;
  }
  writeWords(physical: number, words: readonly number[]): void {
    words.forEach((word, k) => {
      this.view.setUint32(this.at(physical) + 4 * k, word, true);
    });
  }

  private count(name: string): void {
    this.called.set(name, (this.called.get(name) ?? 0) + 1);
  }
  private scratch(index: number, value?: bigint): bigint {
    return this.long(HART.SCRATCH + 8 * index, value);
  }
  private fault(cause: number, tval: bigint): 1 {
    this.word(HART.CAUSE, cause);
    this.long(HART.TVAL, tval);
    return 1;
  }
  protected isRam(address: bigint, size: number): boolean {
    const physical = Number(address);
    return physical >= RAM_PHYSICAL_BASE && physical + size <= RAM_PHYSICAL_BASE + this.ramBytes;
  }
  private fill(bank: number, address: bigint): void {
    const low = Number(address & 0xffff_f000n);
    const entry = this.word(bank) + ((low >>> 12) & (TLB.ENTRIES - 1)) * TLB.ENTRY_BYTES;
    this.view.setBigUint64(entry + TLB.TAG, address & ~0xfffn, true);
    this.view.setUint32(entry + TLB.ADDEND, (this.physicalPage(low) - low + OFFSET) >>> 0, true);
  }
  /** Map another virtual page, below 4 GiB, to a physical one; for loads and stores a page of RAM. */
  alias(virtual: number, physical: number): void {
    this.aliases.set(virtual, physical);
  }
  private physicalPage(page: number): number {
    return this.aliases.get(page) ?? page;
  }

  private dataAt(address: bigint): number {
    const low = Number(address & 0xffff_f000n);
    return this.at(this.physicalPage(low) + (Number(address) - low));
  }

  load(_hart: number, size: number): number {
    this.count('load');
    const address = this.scratch(0);
    if (!this.isRam(address, size)) return this.fault(CAUSE.LOAD_ACCESS_FAULT, address);
    this.fill(HART.TLB_READ, address);
    let value = 0n;
    for (let k = BigInt(size) - 1n; k >= 0n; k--)
      value = (value << 8n) | BigInt(this.view.getUint8(this.dataAt(address + k)));
    this.scratch(1, value);
    return 0;
  }
  store(_hart: number, size: number): number {
    this.count('store');
    const address = this.scratch(0);
    if (!this.isRam(address, size)) return this.fault(CAUSE.STORE_ACCESS_FAULT, address);
    this.fill(HART.TLB_WRITE, address);
    const value = this.scratch(1);
    for (let k = 0n; k < BigInt(size); k++)
      this.view.setUint8(this.dataAt(address + k), Number((value >> (8n * k)) & 0xffn));
    return 0;
  }
  private translate(bank: number, cause: number, size: number): number {
    const address = this.scratch(0);
    const low = Number(address & 0xffff_f000n);
    const physical = this.physicalPage(low) + (Number(address) - low);
    if (!this.isRam(BigInt(physical), size)) return this.fault(cause, address);
    this.fill(bank, address);
    this.scratch(1, BigInt(this.at(physical)));
    return 0;
  }
  translateWrite(_hart: number, size: number): number {
    return this.translate(HART.TLB_WRITE, CAUSE.STORE_ACCESS_FAULT, size);
  }
  translateRead(_hart: number, size: number): number {
    return this.translate(HART.TLB_READ, CAUSE.LOAD_ACCESS_FAULT, size);
  }
  translateFetch(_hart: number): number {
    this.count('translateFetch');
    return this.translate(HART.TLB_FETCH, CAUSE.INSTRUCTION_ACCESS_FAULT, 2);
  }
  readTime(): number {
    return 1;
  }

  readCsr(_hart: number, csr: number): number {
    const flags = BigInt(this.word(HART.FFLAGS));
    const mode = BigInt(this.word(HART.FRM));
    const values = new Map([
      [1, flags],
      [2, mode],
      [3, (mode << 5n) | flags],
      [0xc00, this.long(HART.INSTRET)],
      [0xc02, this.long(HART.INSTRET)],
    ]);
    const value = values.get(csr);
    if (value === undefined) return this.fault(CAUSE.ILLEGAL_INSTRUCTION, 0n);
    this.scratch(0, value);
    return 0;
  }
  writeCsr(_hart: number, csr: number): number {
    const value = Number(this.scratch(0) & 0xffn);
    if (csr < 1 || csr > 3) return this.fault(CAUSE.ILLEGAL_INSTRUCTION, 0n);
    if (csr !== 2) this.word(HART.FFLAGS, value & 31);
    if (csr !== 1) this.word(HART.FRM, (csr === 2 ? value : value >> 5) & 7);
    return 0;
  }
  trapReturn(): number {
    return this.fault(CAUSE.ILLEGAL_INSTRUCTION, 0n);
  }
  sfenceVma(): number {
    this.clearTlb();
    return 0;
  }
  breakpoint(): number {
    return 0;
  }
  manageBlock(): number {
    this.count('manageBlock');
    return 0;
  }
  waitForInterrupt(): number {
    return 0;
  }
  softFloat(_hart: number, operation: number, rm: number): number {
    const row = SOFT_FLOAT_OPERATIONS[operation];
    this.count(`softFloat ${row?.name}`);
    const result = row?.compute(this.scratch(0), this.scratch(1), this.scratch(2), rm);
    this.scratch(0, result?.bits ?? 0n);
    this.word(HART.FFLAGS, this.word(HART.FFLAGS) | (result?.flags ?? 0));
    return 0;
  }
}
