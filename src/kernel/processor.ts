/** What the harts can do, by the device tree: all of them are alike. Linux binding riscv/extensions.yaml. */
import type { DeviceNode } from './drivers/device-tree.ts';

/** Letters that AT_HWCAP has bits for: arch/riscv/include/uapi/asm/hwcap.h. */
const HWCAP_LETTERS = 'imafdcv';

export class Processor {
  /** The ISA string, of /proc/cpuinfo. */
  readonly isa: string;
  readonly extensions: ReadonlySet<string>;
  /** Bytes that cbo.zero zeroes; 0 without it. */
  readonly zeroBlockBytes: number;
  readonly timebaseHz: number;

  /** `tree`: the root of the device tree; without a cpu it says nothing. */
  constructor(tree: DeviceNode) {
    const cpus = tree.child('cpus');
    const cpu = cpus?.children.find((node) => node.string('device_type') === 'cpu');
    this.isa = cpu?.string('riscv,isa') ?? 'rv64i';
    this.extensions = new Set(cpu?.strings('riscv,isa-extensions'));
    this.zeroBlockBytes = cpu?.u32('riscv,cboz-block-size') ?? 0;
    this.timebaseHz = cpus?.u32('timebase-frequency') ?? 0;
  }

  /** AT_HWCAP: bits of single letters. */
  get hwcap(): number {
    const letters = [...HWCAP_LETTERS].filter((letter) => this.extensions.has(letter));
    return letters.reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);
  }
}
