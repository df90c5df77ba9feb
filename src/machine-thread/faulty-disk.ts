/** A disk that fails where a rule says so, or loses its power: then some of what was not flushed is lost. */
import { ENOSPC } from '../abi/errno.ts';
import type { FaultPlan } from '../kernel/faults/fault-plan.ts';
import type { DiskOperation, FaultRule } from '../kernel/faults/fault-rule.ts';
import {
  type BlockBackend,
  type MediumCounts,
  SECTOR_BYTES,
} from '../machine/virtio/block-backend.ts';

const NO_POWER = 'the disk has no power';

export interface FaultyDiskOptions {
  /** In the guest, for `path=`: /dev/vdb. */
  readonly name: string;
  readonly plan: FaultPlan;
  /** The power is gone: of the whole machine. */
  readonly onCut: () => void;
}

/** What an ideal disk of the same content would do, but for what the rules say. */
export class FaultyDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly backend: BlockBackend;
  private readonly options: FaultyDiskOptions;
  private readonly rules: readonly FaultRule[];
  private readonly mayBeCut: boolean;
  /** Where the power may be cut: what sectors held at the last flush, of those that were written since. */
  private readonly flushed = new Map<number, Uint8Array>();
  private hasPower = true;
  /** The next transfer is the first of its request. */
  private isFirst = true;

  constructor(backend: BlockBackend, options: FaultyDiskOptions) {
    this.backend = backend;
    this.options = options;
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
    this.rules = options.plan.rules.filter(
      ({ calls, path }) => calls.size === 0 && (path === undefined || path.test(options.name)),
    );
    this.mayBeCut = this.rules.some(({ failure }) => failure.kind === 'cut');
  }

  begin(): void {
    this.isFirst = true;
    this.backend.begin?.();
  }

  get physicalBytes(): number {
    return this.backend.physicalBytes ?? SECTOR_BYTES;
  }

  get service() {
    return this.backend.service;
  }

  medium(): MediumCounts | undefined {
    return this.backend.medium?.();
  }

  read(sector: number, buffer: Uint8Array): void {
    this.strike('read', sector);
    this.backend.read(sector, buffer);
  }

  write(sector: number, buffer: Uint8Array): void {
    this.strike('write', sector);
    this.keep(sector, buffer.length / SECTOR_BYTES);
    this.backend.write(sector, buffer);
  }

  zero(sector: number, sectors: number): void {
    this.strike('write', sector);
    this.keep(sector, sectors);
    if (this.backend.zero) this.backend.zero(sector, sectors);
    else {
      const zeros = new Uint8Array(SECTOR_BYTES);
      for (let i = 0; i < sectors; i++) this.backend.write(sector + i, zeros);
    }
  }

  flush(): void {
    this.strike('flush', 0);
    this.flushed.clear();
    this.backend.flush();
  }

  close(): void {
    this.backend.close?.();
  }

  /** Throws where the request is to fail. */
  private strike(operation: DiskOperation, sector: number): void {
    if (!this.hasPower) throw new Error(NO_POWER);
    const isDecided = operation !== 'flush' && !this.isFirst;
    this.isFirst = false;
    const { plan, name } = this.options;
    if (isDecided || !plan.isArmed) return;
    for (const rule of this.rules) {
      const { failure } = rule;
      const wanted = rule.operation ?? (failure.kind === 'cut' ? 'write' : undefined);
      if ((wanted !== undefined && wanted !== operation) || !plan.strikes(rule)) continue;
      const at = operation === 'flush' ? '' : ` of sector ${sector}`;
      if (failure.kind === 'cut') this.losePower(rule, `${operation}${at}`);
      if (failure.kind !== 'errno') continue;
      const code = failure.errno === ENOSPC ? 'ENOSPC' : 'EIO';
      plan.injected(rule, `${name}: ${operation}${at} = ${code}`);
      throw Object.assign(new Error('a fault was injected'), { code });
    }
  }

  private keep(sector: number, sectors: number): void {
    if (!this.mayBeCut) return;
    for (let i = 0; i < sectors; i++) {
      if (this.flushed.has(sector + i)) continue;
      const content = new Uint8Array(SECTOR_BYTES);
      this.backend.read(sector + i, content);
      this.flushed.set(sector + i, content);
    }
  }

  /** Each sector that was written and not flushed has its new content or its old one. */
  private losePower(rule: FaultRule, during: string): never {
    const { plan, name, onCut } = this.options;
    let lost = 0;
    for (const [sector, content] of this.flushed) {
      if (plan.below(2) === 0) continue;
      this.backend.write(sector, content);
      lost++;
    }
    this.backend.flush();
    this.backend.cut?.();
    const sectors = `${lost} of ${this.flushed.size} sectors that were not flushed are lost`;
    plan.injected(rule, `${name}: power cut before a ${during}; ${sectors}`);
    this.hasPower = false;
    onCut();
    throw new Error(NO_POWER);
  }
}
