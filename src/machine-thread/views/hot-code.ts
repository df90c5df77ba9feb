/** Which translated code programs run: where hart 0 is when a slice ends, while somebody looks. */
import { pathOf } from '../../fs/path.ts';
import { lengthOf } from '../../isa/decode.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Task } from '../../kernel/task.ts';
import { toUnicode } from '../../lib/bytes.ts';
import type { InstalledRegion } from '../../machine/engine.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { Machine } from '../../machine/machine.ts';
import type { HotRegion, HotRegions } from '../../protocol.ts';
import { codeLine } from './code-lines.ts';

const PAGE_BYTES = 4096;
/** Pages of code that samples are kept of. */
const MAX_PAGES = 4096;
/** Samples of a page whose code is hot: it is translated by then. */
const HOT_SAMPLES = 20;

interface SampledPage {
  /** Of the process that was sampled there last. */
  virtualAddress: number;
  file: string;
  /** Samples by halfword, and in all. */
  readonly counts: Map<number, number>;
  samples: number;
  /** With so many samples and nothing to show, its code is translated anew. */
  patience: number;
}

export class HotCode {
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  /** By physical address. Undefined while nobody looks. */
  private pages: Map<number, SampledPage> | undefined;
  private total = 0;

  constructor(machine: Machine, kernel: Kernel) {
    this.machine = machine;
    this.kernel = kernel;
  }

  get isOn(): boolean {
    return this.pages !== undefined;
  }

  set isOn(isOn: boolean) {
    if (isOn === this.isOn) return;
    this.total = 0;
    this.pages = isOn ? new Map() : undefined;
  }

  /** A slice of hart 0 is over. */
  look(): void {
    const { pages } = this;
    const task = this.kernel.scheduler.running[0];
    const hart = this.machine.harts[0];
    if (!pages || !task || !hart) return;
    const pc = hart.state.number(HART.PC);
    const physical = task.process.addressSpace?.pageTable.lookup(pc, false) ?? -1;
    if (physical < 0) return;
    this.total++;
    const offset = physical % PAGE_BYTES;
    const page = pages.get(physical - offset) ?? this.newPage(pages, physical - offset);
    if (page.virtualAddress !== pc - offset) {
      page.virtualAddress = pc - offset;
      page.file = this.fileOf(task, pc);
    }
    page.samples++;
    page.counts.set(offset >>> 1, (page.counts.get(offset >>> 1) ?? 0) + 1);
  }

  /** Translations from before the first look have lost their bytes: those of hot pages that nothing is shown of are forgotten. */
  private translateAnew(shown: ReadonlySet<number>): void {
    for (const [address, page] of this.pages ?? []) {
      if (shown.has(address) || page.samples < page.patience) continue;
      // It may be code that is never translated.
      page.patience = page.samples * 4;
      this.kernel.arch.platform.invalidateCode(address);
    }
  }

  private newPage(pages: Map<number, SampledPage>, address: number): SampledPage {
    if (pages.size >= MAX_PAGES) pages.clear();
    const page: SampledPage = {
      virtualAddress: -1,
      file: '',
      counts: new Map(),
      samples: 0,
      patience: HOT_SAMPLES,
    };
    pages.set(address, page);
    return page;
  }

  private fileOf({ process }: Task, address: number): string {
    const vma = process.addressSpace?.vmas.find(address);
    const dentry = vma?.file?.dentry;
    return dentry ? toUnicode(pathOf(dentry, process.root)) : (vma?.name ?? '') || '[anonymous]';
  }

  /** The regions with the most samples; code that is in several counts for each. */
  regions(most: number): HotRegions {
    const hot: HotRegion[] = [];
    const shown = new Set<number>();
    for (const region of this.machine.engine.regions?.() ?? []) {
      const address = region.physicalAddress - (region.physicalAddress % PAGE_BYTES);
      const page = this.pages?.get(address);
      const report = page && reportOf(region, page);
      if (!report) continue;
      hot.push(report);
      shown.add(address);
    }
    this.translateAnew(shown);
    hot.sort((a, b) => b.samples - a.samples);
    return { total: this.total, regions: hot.slice(0, most) };
  }
}

/** Undefined without a sample. */
function reportOf(region: InstalledRegion, page: SampledPage): HotRegion | undefined {
  let samples = 0;
  for (const halfword of region.covered) samples += page.counts.get(halfword) ?? 0;
  if (samples === 0) return undefined;
  return {
    entry: page.virtualAddress + (region.physicalAddress % PAGE_BYTES),
    file: page.file,
    samples,
    code: codeOf(region, page),
    wasm: region.wasm,
    name: region.name,
  };
}

function codeOf({ covered, code }: InstalledRegion, page: SampledPage): HotRegion['code'] {
  const lines: HotRegion['code'] = [];
  // `covered` has the second halfword of a long instruction, too.
  let next = 0;
  for (const halfword of covered.slice().sort()) {
    if (halfword < next) continue;
    const low = code[halfword] ?? 0;
    const line = codeLine(page.virtualAddress + halfword * 2, low, code[halfword + 1] ?? 0);
    lines.push({ ...line, samples: page.counts.get(halfword) ?? 0 });
    next = halfword + lengthOf(low) / 2;
  }
  return lines;
}
