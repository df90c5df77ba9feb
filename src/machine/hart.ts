/** One hart beside its instructions: privilege, CSR effects, traps, interrupts. Privileged spec 20240411, chapters 3, 10. */
import { COUNTEREN, FS, MIP, MSTATUS, PMPCFG, PRIVILEGE } from '../isa/csr.ts';
import { DEFAULT_ISA, type Isa } from '../isa/extensions.ts';
import { SATP_HIGH } from '../isa/sv39.ts';
import { CAUSE, INTERRUPT_PRIORITY } from '../isa/trap.ts';
import { isVectorWord } from '../isa/vector/opcode.ts';
import type { Clock } from './clock.ts';
import { countEvent } from './counters.ts';
import { type CsrPort, type CsrRow, counterAllowed } from './csr-row.ts';
import { accessibleCsr, environmentAtReset } from './csr-table.ts';
import { traceTrap } from './debug/trace.ts';
import { allowedCacheBlocks, setTranslation } from './hart-context.ts';
import { HART, TOTAL } from './hart-layout.ts';
import { HartState, SEIP_LINE, SLOT } from './hart-state.ts';
import type { PhysicalMemory } from './memory.ts';
import { type Translation, untranslated } from './mmu.ts';
import { allowWalks, type EngineWalks, NO_WALKS } from './page-walks.ts';
import { Pmp } from './pmp.ts';
import { BARE_ASID, bankKey, TranslationBanks } from './tlb.ts';
import { Triggers } from './triggers.ts';

const TWO_32 = 0x1_0000_0000;
/** Upper word of vtype with vill. */
const VILL_HIGH = 0x8000_0000;
const INTERRUPT_HIGH = 0x8000_0000;
const isTimeAllowed = counterAllowed(COUNTEREN.TM);

export class Hart implements CsrPort {
  readonly state: HartState;
  readonly banks: TranslationBanks;
  readonly maxSatpMode: number;
  readonly isa: Isa;
  /** In use now, for instructions and for data: derived from privilege, mstatus and satp. */
  readonly code: Translation;
  readonly data: Translation;
  readonly pmp: Pmp;
  readonly triggers: Triggers;
  /** Protection or triggers have changed, which the engine's marks do not follow yet. */
  guardsChanged = false;
  /** A debugger wants to see accesses. */
  private isWatched = false;
  low = 0;
  high = 0;
  private readonly clock: Clock;
  private readonly memory: PhysicalMemory;
  private readonly walks: EngineWalks;

  /** `maxSatpMode` is SATP_MODE.SV39, SV48 or SV57. */
  constructor(
    memory: PhysicalMemory,
    id: number,
    clock: Clock,
    maxSatpMode: number,
    isa: Isa = DEFAULT_ISA,
    walks: EngineWalks = NO_WALKS,
  ) {
    this.memory = memory;
    this.walks = walks;
    this.state = new HartState(memory, id);
    this.banks = new TranslationBanks(memory, id, this.state.block);
    this.clock = clock;
    this.maxSatpMode = maxSatpMode;
    this.isa = isa;
    this.pmp = new Pmp(this.state);
    this.triggers = new Triggers(this.state);
    this.code = untranslated(this.pmp, isa.has('svnapot'));
    this.data = untranslated(this.pmp, isa.has('svnapot'));
  }

  /** Section 3.4: M-mode, interrupts off, pc at the reset vector; a0 is the hart's number, a1 the device tree's address. */
  reset(pc: number, deviceTree: number): void {
    const { state } = this;
    state.clear();
    state.setWord(HART.PRIVILEGE, PRIVILEGE.MACHINE);
    state.setWord(HART.X + 10 * 8, state.id);
    state.setWord(HART.X + 11 * 8, deviceTree);
    state.setWord(HART.X + 11 * 8 + 4, Math.floor(deviceTree / TWO_32));
    this.setPc(pc);
    // vtype: vill (unprivileged spec, section 31.3.11).
    if (this.isa.has('v')) state.setWord(HART.VTYPE + 4, VILL_HIGH);
    // Never due until it is set.
    state.set(SLOT.stimecmp, 0xffff_ffff, 0xffff_ffff);
    state.set(SLOT.menvcfg, 0, environmentAtReset(this.isa));
    this.triggers.reset();
    this.restored();
  }

  /** The block was filled by something else than the hart: what is derived from it follows. */
  restored(): void {
    this.banks.reset();
    this.triggers.update();
    this.pmp.update();
    this.guardsChanged = true;
    this.contextChanged();
  }

  /** As firmware does before it leaves M-mode: entry 0 of memory protection gives S- and U-mode all of memory. */
  openMemory(): void {
    this.state.set(SLOT.pmpaddr, 0xffff_ffff, 0x003f_ffff);
    this.pmp.writeConfigs(0, PMPCFG.NAPOT | PMPCFG.R | PMPCFG.W | PMPCFG.X);
    this.pmp.update();
    this.guardsHaveChanged();
  }

  /** What the tables hold was entered under other rules. */
  private guardsHaveChanged(): void {
    this.banks.forget();
    this.guardsChanged = true;
    this.allowWalks();
  }

  /** A debugger begins or ends to watch accesses. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    this.banks.forget();
    this.allowWalks();
  }

  private allowWalks(): void {
    const { triggers } = this;
    const isGuarded = this.isWatched || !this.pmp.isOpen || triggers.hasData || triggers.hasCode;
    allowWalks(this.state, this.memory, this.walks, this, isGuarded);
  }

  setPc(pc: number): void {
    this.state.setWord(HART.PC, pc);
    this.state.setWord(HART.PC + 4, Math.floor(pc / TWO_32));
  }

  setPrivilege(privilege: number): void {
    this.state.setWord(HART.PRIVILEGE, privilege);
    this.contextChanged();
  }

  /** Follow a change of privilege, mstatus or satp: translations, banks, whether floating point is on. */
  contextChanged(): void {
    const { state, code, data } = this;
    const status = state.low(SLOT.mstatus);
    const { privilege } = state;
    const isModified = privilege === PRIVILEGE.MACHINE && (status & MSTATUS.MPRV) !== 0;
    setTranslation(code, state, privilege, 0);
    setTranslation(
      data,
      state,
      isModified ? (status & MSTATUS.MPP) >>> MSTATUS.MPP_SHIFT : privilege,
      status,
    );
    this.banks.select(this.keyOf(data), this.keyOf(code));
    this.allowWalks();
    // Initial and clean count as off for the engine: the first instruction that needs the state then makes it dirty.
    const fs = (status & MSTATUS.FS) >>> MSTATUS.FS_SHIFT;
    state.setWord(HART.FLOAT_ENABLED, fs === FS.DIRTY ? 1 : 0);
    state.setWord(HART.VECTOR_ENABLED, (status & MSTATUS.VS) === MSTATUS.VS ? 1 : 0);
    state.setWord(HART.CACHE_BLOCKS, allowedCacheBlocks(state));
  }

  private keyOf(t: Translation): number {
    if (t.levels === 0) return bankKey(BARE_ASID, t.privilege, 0, 0);
    return bankKey(this.asid, t.privilege, t.sum ? 1 : 0, t.mxr ? 1 : 0);
  }

  private get asid(): number {
    return (this.state.high(SLOT.satp) >>> SATP_HIGH.ASID_SHIFT) & SATP_HIGH.ASID_MASK;
  }

  /** The time CSR, where this hart may read it now and its value is not bound to an instruction; else -1. */
  get readableTime(): number {
    return this.clock.isVirtual || !isTimeAllowed(this.state) ? -1 : this.clock.now();
  }

  now(): number {
    return this.clock.now();
  }

  /** The value goes to `low` and `high`. Returns false where the access is an illegal instruction. */
  readCsr(csr: number): boolean {
    const row = accessibleCsr(csr, false, this);
    row?.read(this);
    return row !== undefined;
  }

  /** Writes `low` and `high`. */
  writeCsr(csr: number): boolean {
    const row = accessibleCsr(csr, true, this);
    if (!row) return false;
    row.write?.(this);
    this.follow(row);
    return true;
  }

  private follow(row: CsrRow): void {
    switch (row.effect) {
      case 'satp':
        this.banks.tablesChosen(this.asid, this.state.low(SLOT.satp), this.state.high(SLOT.satp));
        this.contextChanged();
        break;
      case 'status':
        this.contextChanged();
        break;
      case 'timer':
        this.updateTimer();
        break;
      case 'environment':
        this.updateTimer();
        this.contextChanged();
        this.banks.clearAll();
        break;
      case 'pmp':
        this.pmp.update();
        this.guardsHaveChanged();
        break;
      case 'trigger':
        this.triggers.update();
        this.guardsHaveChanged();
        break;
      case 'float':
        this.makeFloatDirty();
        break;
      case 'vector':
        this.makeVectorDirty();
        break;
      case 'none':
      case undefined:
        break;
    }
  }

  private makeFloatDirty(): void {
    this.setStatus(this.state.low(SLOT.mstatus) | MSTATUS.FS);
    this.state.setWord(HART.FLOAT_ENABLED, 1);
  }

  private makeVectorDirty(): void {
    this.setStatus(this.state.low(SLOT.mstatus) | MSTATUS.VS);
    this.state.setWord(HART.VECTOR_ENABLED, 1);
  }

  /**
   * An illegal instruction (bits in tval) was reported while FS or VS is initial or clean: it may be the first one of floating
   * point, or of vectors. The state is dirty from now on, and the instruction runs again. Returns false where that is not
   * the reason.
   */
  retryAsFloat(cause: number): boolean {
    if (cause !== CAUSE.ILLEGAL_INSTRUCTION) return false;
    const status = this.state.low(SLOT.mstatus);
    const isHeld = (field: number): boolean => (status & field) !== 0 && (status & field) !== field;
    const isVector = isVectorWord(this.state.word(HART.TVAL));
    const dirtiesVector = isVector && isHeld(MSTATUS.VS);
    const dirtiesFloat = isHeld(MSTATUS.FS) && (!isVector || (status & MSTATUS.VS) !== 0);
    if (dirtiesVector) this.makeVectorDirty();
    if (dirtiesFloat) this.makeFloatDirty();
    return dirtiesVector || dirtiesFloat;
  }

  /** mtime value at which the supervisor timer (Sstc) is due; Infinity while menvcfg.STCE is off. */
  get stimecmp(): number {
    const { state } = this;
    if (state.high(SLOT.menvcfg) >>> 31 === 0) return Infinity;
    return state.high(SLOT.stimecmp) * TWO_32 + state.low(SLOT.stimecmp);
  }

  /** STIP follows stimecmp. */
  updateTimer(): void {
    const due = this.stimecmp;
    if (due !== Infinity) this.state.setMip(MIP.STIP, this.clock.now() >= due);
  }

  /** The PLIC's wire to S-mode; mip.SEIP is the OR of it and of what software wrote. */
  setSupervisorExternal(isHigh: boolean): void {
    this.state.setSeipSource(SEIP_LINE, isHigh);
  }

  /** The interrupt to take now, or -1 (section 3.1.9). */
  pendingInterrupt(): number {
    const { state } = this;
    const pending = state.mip & state.low(SLOT.mie);
    if (pending === 0) return -1;
    const delegated = state.low(SLOT.mideleg);
    const status = state.low(SLOT.mstatus);
    const { privilege } = state;
    let takeable = 0;
    if (privilege !== PRIVILEGE.MACHINE || (status & MSTATUS.MIE) !== 0) {
      takeable = pending & ~delegated;
    }
    if (
      takeable === 0 &&
      (privilege === PRIVILEGE.USER ||
        (privilege === PRIVILEGE.SUPERVISOR && (status & MSTATUS.SIE) !== 0))
    ) {
      takeable = pending & delegated;
    }
    if (takeable === 0) return -1;
    return INTERRUPT_PRIORITY.find((bit) => ((takeable >>> bit) & 1) === 1) ?? -1;
  }

  /** Whether wfi goes on: something is pending and enabled in mie, whatever the global enables say. */
  hasWakeup(): boolean {
    return (this.state.mip & this.state.low(SLOT.mie)) !== 0;
  }

  /** Enter the trap handler. For an exception, tval is HART.TVAL and pc the instruction's. */
  trap(cause: number, isInterrupt: boolean): void {
    const { state } = this;
    countEvent(state, isInterrupt ? TOTAL.INTERRUPTS : TOTAL.EXCEPTIONS);
    const from = state.privilege;
    const delegation = state.low(isInterrupt ? SLOT.mideleg : SLOT.medeleg);
    const toSupervisor = from !== PRIVILEGE.MACHINE && ((delegation >>> cause) & 1) === 1;
    traceTrap(this, cause, isInterrupt, toSupervisor ? PRIVILEGE.SUPERVISOR : PRIVILEGE.MACHINE);
    const highCause = isInterrupt ? INTERRUPT_HIGH : 0;
    const tvalLow = isInterrupt ? 0 : state.word(HART.TVAL);
    const tvalHigh = isInterrupt ? 0 : state.word(HART.TVAL + 4);
    const pcLow = state.word(HART.PC);
    const pcHigh = state.word(HART.PC + 4);
    state.set(toSupervisor ? SLOT.sepc : SLOT.mepc, pcLow, pcHigh);
    state.set(toSupervisor ? SLOT.scause : SLOT.mcause, cause, highCause);
    state.set(toSupervisor ? SLOT.stval : SLOT.mtval, tvalLow, tvalHigh);
    if (toSupervisor) this.pushSupervisor(from);
    else this.pushMachine(from);
    const vector = toSupervisor ? SLOT.stvec : SLOT.mtvec;
    const offset = isInterrupt && (state.low(vector) & 1) === 1 ? 4 * cause : 0;
    const low = ((state.low(vector) & ~3) >>> 0) + offset;
    state.setWord(HART.PC, low);
    state.setWord(HART.PC + 4, state.high(vector) + (low >= TWO_32 ? 1 : 0));
    state.setWord(HART.RESERVATION, 0);
    this.setPrivilege(toSupervisor ? PRIVILEGE.SUPERVISOR : PRIVILEGE.MACHINE);
  }

  private pushSupervisor(from: number): void {
    let status = this.state.low(SLOT.mstatus) & ~(MSTATUS.SPIE | MSTATUS.SPP);
    if ((status & MSTATUS.SIE) !== 0) status |= MSTATUS.SPIE;
    if (from === PRIVILEGE.SUPERVISOR) status |= MSTATUS.SPP;
    this.setStatus(status & ~MSTATUS.SIE);
  }

  private pushMachine(from: number): void {
    let status = this.state.low(SLOT.mstatus) & ~(MSTATUS.MPIE | MSTATUS.MPP);
    if ((status & MSTATUS.MIE) !== 0) status |= MSTATUS.MPIE;
    this.setStatus((status & ~MSTATUS.MIE) | (from << MSTATUS.MPP_SHIFT));
  }

  /** mret (3) or sret (1). Returns false where it is an illegal instruction. */
  trapReturn(from: number): boolean {
    const { state } = this;
    const { privilege } = state;
    let status = state.low(SLOT.mstatus);
    if (privilege < from) return false;
    if (from === PRIVILEGE.MACHINE) {
      const to = (status & MSTATUS.MPP) >>> MSTATUS.MPP_SHIFT;
      status = (status & MSTATUS.MPIE) !== 0 ? status | MSTATUS.MIE : status & ~MSTATUS.MIE;
      status = (status | MSTATUS.MPIE) & ~MSTATUS.MPP;
      this.returnTo(to, status, SLOT.mepc);
      return true;
    }
    if (privilege === PRIVILEGE.SUPERVISOR && (status & MSTATUS.TSR) !== 0) return false;
    const to = (status & MSTATUS.SPP) !== 0 ? PRIVILEGE.SUPERVISOR : PRIVILEGE.USER;
    status = (status & MSTATUS.SPIE) !== 0 ? status | MSTATUS.SIE : status & ~MSTATUS.SIE;
    status = (status | MSTATUS.SPIE) & ~MSTATUS.SPP;
    this.returnTo(to, status, SLOT.sepc);
    return true;
  }

  private returnTo(to: number, status: number, epc: typeof SLOT.mepc | typeof SLOT.sepc): void {
    const { state } = this;
    this.setStatus(to === PRIVILEGE.MACHINE ? status : status & ~MSTATUS.MPRV);
    state.setWord(HART.PC, state.low(epc));
    state.setWord(HART.PC + 4, state.high(epc));
    this.setPrivilege(to);
  }

  private setStatus(low: number): void {
    this.state.set(SLOT.mstatus, low, 0);
  }

  /** sfence.vma: undefined means "all". Returns false where it is an illegal instruction. */
  fence(address: { low: number; high: number } | undefined, asid: number | undefined): boolean {
    const { state, banks } = this;
    const { privilege } = state;
    const isTrapped = (state.low(SLOT.mstatus) & MSTATUS.TVM) !== 0;
    if (privilege === PRIVILEGE.USER || (privilege === PRIVILEGE.SUPERVISOR && isTrapped)) {
      return false;
    }
    if (address) banks.clearPage(address.low, address.high, asid);
    else if (asid === undefined) banks.clearAll();
    else banks.clearAsid(asid);
    return true;
  }

  /** sfence.w.inval and sfence.inval.ir: legal above U-mode, whatever mstatus.TVM says (Svinval). */
  mayOrderTranslations(): boolean {
    return this.state.privilege !== PRIVILEGE.USER;
  }

  /** wfi is legal in M-mode, and in S-mode while mstatus.TW is off. */
  mayWait(): boolean {
    const { privilege } = this.state;
    if (privilege === PRIVILEGE.MACHINE) return true;
    return privilege === PRIVILEGE.SUPERVISOR && (this.state.low(SLOT.mstatus) & MSTATUS.TW) === 0;
  }
}
