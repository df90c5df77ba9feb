/** THE device table: from it follow the bus map, the PLIC's wiring and the device tree. Addresses are QEMU virt's. */
import { AclintSswi, SSWI_BYTES } from './aclint-sswi.ts';
import { CLINT_BYTES, Clint, type ClintTarget } from './clint.ts';
import type { Clock } from './clock.ts';
import type { ByteSink, ByteSource, Device } from './device.ts';
import type { FdtNode, FdtValue } from './fdt.ts';
import { ROM_BASE, ROM_BYTES } from './hart-layout.ts';
import { HOT_PLUG_BYTES, HotPlug } from './hot-plug.ts';
import type { PhysicalMemory } from './memory.ts';
import { PLIC_BYTES, PLIC_SOURCES, type Plic } from './plic.ts';
import { Rom } from './rom.ts';
import { RTC_BYTES, RtcGoldfish } from './rtc-goldfish.ts';
import { type PowerControl, SYSCON_BYTES, Syscon } from './syscon.ts';
import { UART_BYTES, Uart16550 } from './uart16550.ts';
import { EMPTY_SLOT } from './virtio/empty-slot.ts';
import { VIRTIO_MMIO_BYTES, VirtioMmio, type VirtioModel } from './virtio/mmio.ts';

/** What the constructors in the table may use. */
export interface Board {
  readonly memory: PhysicalMemory;
  readonly clock: Clock;
  readonly plic: Plic;
  readonly harts: readonly ClintTarget[];
  readonly power: PowerControl;
  readonly onTimerChange: (hart?: number) => void;
  readonly wallClockNs: () => number;
  readonly uartSource: ByteSource;
  readonly uartSink: ByteSink;
  /** The virtio windows, in the order of their slots; filled as the table is walked. */
  readonly slots: VirtioMmio[];
}

/** Phandles and hart count, for properties that refer to other nodes. */
export interface Wiring {
  readonly harts: number;
  /** Phandle of a hart's own interrupt controller. */
  readonly hartPhandle: (hart: number) => number;
}

export interface DeviceRow {
  /** Name of the node; its unit address is `base`. */
  readonly name: string;
  readonly compatible: readonly string[];
  readonly base: number;
  readonly size: number;
  /** PLIC source, 0 for none. */
  readonly irq: number;
  readonly create: (board: Board) => Device;
  readonly phandle?: number;
  /** Properties beside compatible, reg, interrupts and phandle. */
  readonly properties?: (wiring: Wiring) => Readonly<Record<string, FdtValue>>;
  /** Its nodes, where there is not the one that follows from the rest of the row. */
  readonly nodes?: (wiring: Wiring) => readonly FdtNode[];
}

/** What a board may have instead of the usual. */
export interface BoardVariant {
  /** ACLINT in place of the CLINT, as QEMU's `aclint=on`: the same registers, and software interrupts for S-mode. */
  readonly hasAclint?: boolean;
}

/** Phandles of harts' interrupt controllers are 1 and up; at most MAX_HARTS. */
export const PLIC_PHANDLE = 0x20;
export const SYSCON_PHANDLE = 0x21;

export const UART_NAME = 'serial';
const UART_CLOCK_HZ = 3_686_400;

/** Interrupts of each hart that a controller drives, as `interrupts-extended` wants them. */
function toHarts(wiring: Wiring, interrupts: readonly number[]): number[] {
  const cells: number[] = [];
  for (let hart = 0; hart < wiring.harts; hart++) {
    for (const interrupt of interrupts) cells.push(wiring.hartPhandle(hart), interrupt);
  }
  return cells;
}

const CLINT_BASE = 0x200_0000;
const SSWI_BASE = 0x2f0_0000;
/** ACLINT specification, chapters 2 and 3: where the CLINT's parts lie. */
const MSWI_BYTES = 0x4000;
const MTIMECMP = { OFFSET: 0x4000, BYTES: 0x7ff8 } as const;
const MTIME = { OFFSET: 0xbff8, BYTES: 8 } as const;
/** Bits of mip: the local interrupts that the controllers drive. */
const INTERRUPT = { SSI: 1, MSI: 3, MTI: 7, SEI: 9, MEI: 11 } as const;

const CLINT: DeviceRow = {
  name: 'clint',
  compatible: ['sifive,clint0', 'riscv,clint0'],
  base: CLINT_BASE,
  size: CLINT_BYTES,
  irq: 0,
  create: (board) => new Clint(board.clock, board.harts, board.onTimerChange),
  properties: (wiring) => ({
    'interrupts-extended': toHarts(wiring, [INTERRUPT.MSI, INTERRUPT.MTI]),
  }),
};

/** A node of the ACLINT that sends software interrupts. */
function softwareNode(name: string, base: number, wiring: Wiring, interrupt: number): FdtNode {
  return {
    name: `${name}@${base.toString(16)}`,
    properties: {
      compatible: `riscv,aclint-${name}`,
      reg: [0, base, 0, MSWI_BYTES],
      'interrupts-extended': toHarts(wiring, [interrupt]),
      'interrupt-controller': true,
      '#interrupt-cells': [0],
      '#address-cells': [0],
    },
  };
}

const ACLINT: readonly DeviceRow[] = [
  {
    ...CLINT,
    nodes: (wiring) => [
      softwareNode('mswi', CLINT_BASE, wiring, INTERRUPT.MSI),
      {
        name: `mtimer@${(CLINT_BASE + MTIME.OFFSET).toString(16)}`,
        properties: {
          compatible: 'riscv,aclint-mtimer',
          reg: [
            ...[0, CLINT_BASE + MTIME.OFFSET, 0, MTIME.BYTES],
            ...[0, CLINT_BASE + MTIMECMP.OFFSET, 0, MTIMECMP.BYTES],
          ],
          'interrupts-extended': toHarts(wiring, [INTERRUPT.MTI]),
        },
      },
    ],
  },
  {
    name: 'sswi',
    compatible: ['riscv,aclint-sswi'],
    base: SSWI_BASE,
    size: SSWI_BYTES,
    irq: 0,
    create: (board) => new AclintSswi(board.harts),
    nodes: (wiring) => [softwareNode('sswi', SSWI_BASE, wiring, INTERRUPT.SSI)],
  },
];

const FIXED: readonly DeviceRow[] = [
  {
    name: 'rom',
    compatible: ['hartix,boot-rom'],
    base: ROM_BASE,
    size: ROM_BYTES,
    irq: 0,
    create: (board) => new Rom(board.memory.rom),
  },
  {
    name: 'test',
    compatible: ['sifive,test1', 'sifive,test0', 'syscon'],
    base: 0x10_0000,
    size: SYSCON_BYTES,
    irq: 0,
    phandle: SYSCON_PHANDLE,
    create: (board) => new Syscon(board.power),
  },
  {
    name: 'rtc',
    compatible: ['google,goldfish-rtc'],
    base: 0x10_1000,
    size: RTC_BYTES,
    irq: 11,
    create: (board) => new RtcGoldfish(board.plic.line(11), board.wallClockNs),
  },
  {
    name: 'plic',
    compatible: ['sifive,plic-1.0.0', 'riscv,plic0'],
    base: 0xc00_0000,
    size: PLIC_BYTES,
    irq: 0,
    phandle: PLIC_PHANDLE,
    create: (board) => board.plic,
    properties: (wiring) => ({
      'interrupts-extended': toHarts(wiring, [INTERRUPT.MEI, INTERRUPT.SEI]),
      'interrupt-controller': true,
      '#interrupt-cells': [1],
      '#address-cells': [0],
      'riscv,ndev': [PLIC_SOURCES - 1],
    }),
  },
  {
    name: UART_NAME,
    compatible: ['ns16550a'],
    base: 0x1000_0000,
    size: UART_BYTES,
    irq: 10,
    create: (board) => new Uart16550(board.plic.line(10), board.uartSource, board.uartSink),
    properties: () => ({ 'clock-frequency': [UART_CLOCK_HZ] }),
  },
];

const VIRTIO_BASE = 0x1000_1000;
/** Slots 0 to 7 are QEMU's, with sources 1 to 8; the others follow them, with sources from 40 on. */
const QEMU_SLOTS = 8;
const FURTHER_SOURCES = 32;
const MAX_VIRTIO_DEVICES = 32;
/** Slots that are left for devices which come while the machine runs, where there is room for them. */
const SPARE_SLOTS = 4;
const HOT_PLUG_IRQ = 12;

function virtioRow(model: VirtioModel, slot: number): DeviceRow {
  const irq = slot < QEMU_SLOTS ? slot + 1 : slot + FURTHER_SOURCES;
  return {
    name: 'virtio_mmio',
    compatible: ['virtio,mmio'],
    base: VIRTIO_BASE + slot * VIRTIO_MMIO_BYTES,
    size: VIRTIO_MMIO_BYTES,
    irq,
    create: (board) => {
      const window = new VirtioMmio(board.memory, board.plic.line(irq), model);
      board.slots.push(window);
      return window;
    },
  };
}

function hotPlugRow(slots: readonly DeviceRow[]): DeviceRow {
  return {
    name: 'hot-plug',
    compatible: ['hartix,hot-plug'],
    base: 0x10_2000,
    size: HOT_PLUG_BYTES,
    irq: HOT_PLUG_IRQ,
    create: (board) => new HotPlug(board.plic.line(HOT_PLUG_IRQ), board.slots),
    properties: () => ({ slots: slots.map(({ base }) => base) }),
  };
}

/** All devices of a machine: the fixed ones, `virtio` in slots from 0 on, and empty slots behind them. */
export function deviceTable(
  virtio: readonly VirtioModel[],
  { hasAclint = false }: BoardVariant = {},
): DeviceRow[] {
  if (virtio.length > MAX_VIRTIO_DEVICES) {
    throw new Error(
      `${virtio.length} disks, mounts and other devices are too many: at most ${MAX_VIRTIO_DEVICES}`,
    );
  }
  const count = Math.max(QEMU_SLOTS, Math.min(virtio.length + SPARE_SLOTS, MAX_VIRTIO_DEVICES));
  const slots = Array.from({ length: count }, (_, slot) =>
    virtioRow(virtio[slot] ?? EMPTY_SLOT, slot),
  );
  return [...FIXED, hotPlugRow(slots), ...(hasAclint ? ACLINT : [CLINT]), ...slots];
}
