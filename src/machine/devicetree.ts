/** The device tree of a machine: its harts, its memory, and a node per row of the device table. */
import type { Isa } from '../isa/extensions.ts';
import { SATP_MODE } from '../isa/sv39.ts';
import { TIMEBASE_HZ } from './clock.ts';
import { type DeviceRow, PLIC_PHANDLE, SYSCON_PHANDLE, UART_NAME, type Wiring } from './devices.ts';
import { type FdtNode, type FdtValue, flattenDeviceTree } from './fdt.ts';
import { CACHE_BLOCK_BYTES } from './hart-layout.ts';
import { SYSCON_PASS, SYSCON_RESET } from './syscon.ts';

const MMU_TYPE: Readonly<Record<number, string>> = {
  [SATP_MODE.SV39]: 'riscv,sv39',
  [SATP_MODE.SV48]: 'riscv,sv48',
  [SATP_MODE.SV57]: 'riscv,sv57',
};

export interface DeviceTreeOptions {
  readonly harts: number;
  readonly isa: Isa;
  readonly maxSatpMode: number;
  /** Physical range of RAM. */
  readonly ramBase: number;
  readonly ramBytes: number;
  /** Kernel command line. */
  readonly bootArguments: string;
  /** Physical range of an initial RAM disk. */
  readonly initrd?: { readonly start: number; readonly end: number };
}

/** Phandles of harts are above those of devices. */
const cpuPhandle = (hart: number): number => 0x40 + hart;

/** Two cells. */
function wide(value: number): number[] {
  return [Math.floor(value / 0x1_0000_0000), value % 0x1_0000_0000];
}

/** Bytes of the blocks that cache-block instructions work on. */
function blockSizes(isa: Isa): Record<string, FdtValue> {
  const properties: Record<string, FdtValue> = {};
  if (isa.has('zicbom')) properties['riscv,cbom-block-size'] = [CACHE_BLOCK_BYTES];
  if (isa.has('zicbop')) properties['riscv,cbop-block-size'] = [CACHE_BLOCK_BYTES];
  if (isa.has('zicboz')) properties['riscv,cboz-block-size'] = [CACHE_BLOCK_BYTES];
  return properties;
}

/** One core of one thread for each hart. */
function cpuMap(harts: number): FdtNode {
  const cores = Array.from({ length: harts }, (_, hart) => ({
    name: `core${hart}`,
    properties: { cpu: [cpuPhandle(hart)] },
  }));
  return {
    name: 'cpu-map',
    properties: {},
    children: [{ name: 'cluster0', properties: {}, children: cores }],
  };
}

function cpuNode(hart: number, phandle: number, { isa, maxSatpMode }: DeviceTreeOptions): FdtNode {
  return {
    name: `cpu@${hart}`,
    properties: {
      device_type: 'cpu',
      reg: [hart],
      status: 'okay',
      compatible: 'riscv',
      'riscv,isa': isa.text,
      'riscv,isa-base': 'rv64i',
      'riscv,isa-extensions': isa.extensions,
      ...blockSizes(isa),
      'mmu-type': MMU_TYPE[maxSatpMode] ?? 'riscv,none',
      phandle: [cpuPhandle(hart)],
    },
    children: [
      {
        name: 'interrupt-controller',
        properties: {
          '#interrupt-cells': [1],
          '#address-cells': [0],
          'interrupt-controller': true,
          compatible: 'riscv,cpu-intc',
          phandle: [phandle],
        },
      },
    ],
  };
}

function unitName(row: DeviceRow): string {
  return `${row.name}@${row.base.toString(16)}`;
}

function deviceNodes(row: DeviceRow, wiring: Wiring): readonly FdtNode[] {
  if (row.nodes) return row.nodes(wiring);
  const properties: Record<string, FdtValue> = {
    compatible: row.compatible,
    reg: [...wide(row.base), ...wide(row.size)],
    ...row.properties?.(wiring),
  };
  if (row.irq !== 0) {
    properties['interrupt-parent'] = [PLIC_PHANDLE];
    properties['interrupts'] = [row.irq];
  }
  if (row.phandle !== undefined) properties['phandle'] = [row.phandle];
  return [{ name: unitName(row), properties }];
}

/** The way to the UART, as property `name`. */
function uartPath(name: string, rows: readonly DeviceRow[]): Record<string, FdtValue> {
  const uart = rows.find((row) => row.name === UART_NAME);
  return uart ? { [name]: `/soc/${unitName(uart)}` } : {};
}

function aliasesNode(rows: readonly DeviceRow[]): FdtNode {
  return { name: 'aliases', properties: uartPath('serial0', rows) };
}

function chosenNode(options: DeviceTreeOptions, rows: readonly DeviceRow[]): FdtNode {
  const properties: Record<string, FdtValue> = {
    bootargs: options.bootArguments,
    ...uartPath('stdout-path', rows),
  };
  if (options.initrd) {
    properties['linux,initrd-start'] = wide(options.initrd.start);
    properties['linux,initrd-end'] = wide(options.initrd.end);
  }
  return { name: 'chosen', properties };
}

/** A node that has the syscon write `value`. */
function powerNode(name: string, value: number): FdtNode {
  return {
    name,
    properties: {
      compatible: `syscon-${name}`,
      regmap: [SYSCON_PHANDLE],
      offset: [0],
      value: [value],
    },
  };
}

/** The blob for a machine of these devices. */
export function buildDeviceTree(
  options: DeviceTreeOptions,
  rows: readonly DeviceRow[],
): Uint8Array {
  const wiring: Wiring = { harts: options.harts, hartPhandle: (hart) => hart + 1 };
  const cpus = Array.from({ length: options.harts }, (_, hart) =>
    cpuNode(hart, wiring.hartPhandle(hart), options),
  );
  return flattenDeviceTree({
    name: '',
    properties: {
      '#address-cells': [2],
      '#size-cells': [2],
      compatible: 'riscv-virtio',
      model: 'hartix,virt',
    },
    children: [
      chosenNode(options, rows),
      aliasesNode(rows),
      {
        name: `memory@${options.ramBase.toString(16)}`,
        properties: {
          device_type: 'memory',
          reg: [...wide(options.ramBase), ...wide(options.ramBytes)],
        },
      },
      {
        name: 'cpus',
        properties: {
          '#address-cells': [1],
          '#size-cells': [0],
          'timebase-frequency': [TIMEBASE_HZ],
        },
        children: [...cpus, cpuMap(options.harts)],
      },
      {
        name: 'soc',
        properties: {
          '#address-cells': [2],
          '#size-cells': [2],
          compatible: 'simple-bus',
          ranges: true,
        },
        children: rows.flatMap((row) => deviceNodes(row, wiring)),
      },
      powerNode('poweroff', SYSCON_PASS),
      powerNode('reboot', SYSCON_RESET),
    ],
  });
}
