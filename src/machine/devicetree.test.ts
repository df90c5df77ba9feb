/** The device tree, as dtc reads it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseIsa } from '../isa/extensions.ts';
import { deviceTable } from './devices.ts';
import { buildDeviceTree } from './devicetree.ts';
import { seededEntropy, VirtioRng } from './virtio/rng.ts';

const hasDtc = spawnSync('dtc', ['--version']).status === 0;
if (!hasDtc) console.warn('SKIPPED: dtc is missing (apt-get install device-tree-compiler)');

function decompile(blob: Uint8Array): { source: string; complaints: string } {
  const run = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts'], { input: blob });
  expect(run.status).toBe(0);
  return { source: run.stdout.toString(), complaints: run.stderr.toString() };
}

const virtio = Array.from({ length: 10 }, () => new VirtioRng(seededEntropy(1)));
const options = {
  harts: 2,
  isa: parseIsa('rv64imafc_zicboz_sstc'),
  maxSatpMode: 8,
  ramBase: 0x8000_0000,
  ramBytes: 3.5 * 2 ** 30,
  bootArguments: 'root=/dev/vda console=hvc0',
  initrd: { start: 0x8800_0000, end: 0x8900_0000 },
};
const blob = buildDeviceTree(options, deviceTable(virtio));

/** Text of a node, up to its first child. */
function nodeOf(source: string, name: string): string {
  return new RegExp(`${name} \\{[^{}]*`).exec(source)?.[0] ?? '';
}

describe.skipIf(!hasDtc)('the device tree', () => {
  const { source, complaints } = decompile(blob);

  it('gives dtc nothing to complain about', () => {
    expect(complaints).toBe('');
  });

  it('describes memory, harts and boot arguments', () => {
    expect(source).toContain('memory@80000000');
    expect(source).toContain('reg = <0x00 0x80000000 0x00 0xe0000000>;');
    expect(source).toContain('timebase-frequency = <0x989680>;');
    expect(source).toMatch(/riscv,isa = "rv64imafc_[a-z0-9_]*_sstc_sstvala_sstvecd";/);
    expect(source).toMatch(
      /riscv,isa-extensions = "i\\0m\\0a\\0f\\0c\\0[a-z0-9\\]*0sstc[a-z0-9\\]*0sstvecd";|riscv,isa-extensions = "i", "m", "a", "f", "c", [^;]*"sstc", "sstvala", "sstvecd";/,
    );
    expect(source).toContain('riscv,cboz-block-size = <0x40>;');
    expect(source).not.toContain('riscv,cbom-block-size');
    expect(source).toContain('mmu-type = "riscv,sv39";');
    expect(source).toContain('cpu@1');
    expect(source).toContain('bootargs = "root=/dev/vda console=hvc0";');
    expect(source).toContain('stdout-path = "/soc/serial@10000000";');
    expect(source).toContain('linux,initrd-end = <0x00 0x89000000>;');
  });

  it('wires the controllers to both harts', () => {
    const node = (name: string): string => nodeOf(source, name);
    expect(node('plic@c000000')).toContain(
      'interrupts-extended = <0x01 0x0b 0x01 0x09 0x02 0x0b 0x02 0x09>;',
    );
    expect(node('plic@c000000')).toContain('riscv,ndev = <0x5f>;');
    expect(node('clint@2000000')).toContain(
      'interrupts-extended = <0x01 0x03 0x01 0x07 0x02 0x03 0x02 0x07>;',
    );
    expect(node('serial@10000000')).toContain('interrupts = <0x0a>;');
    expect(node('rtc@101000')).toContain('compatible = "google,goldfish-rtc";');
    expect(node('virtio_mmio@10001000')).toContain('interrupts = <0x01>;');
    expect(node('virtio_mmio@10008000')).toContain('interrupts = <0x08>;');
    expect(node('virtio_mmio@1000a000')).toContain('interrupts = <0x29>;');
    expect(node('poweroff')).toContain('value = <0x5555>;');
  });

  it('names the console, and has a core for each hart', () => {
    expect(nodeOf(source, 'aliases')).toContain('serial0 = "/soc/serial@10000000";');
    const phandle = /phandle = (<0x[0-9a-f]+>);/.exec(nodeOf(source, 'cpu@1'))?.[1];
    expect(phandle).toBeDefined();
    expect(nodeOf(source, 'core1')).toContain(`cpu = ${phandle};`);
    const phandles = [...source.matchAll(/phandle = <(0x[0-9a-f]+)>/g)].map(([, value]) => value);
    expect(new Set(phandles).size).toBe(phandles.length);
  });

  it('has the nodes of an ACLINT, as QEMU with aclint=on', () => {
    const other = decompile(buildDeviceTree(options, deviceTable([], { hasAclint: true })));
    expect(other.complaints).toBe('');
    expect(other.source).not.toContain('clint@2000000 {');
    const mswi = nodeOf(other.source, 'mswi@2000000');
    expect(mswi).toContain('compatible = "riscv,aclint-mswi";');
    expect(mswi).toContain('reg = <0x00 0x2000000 0x00 0x4000>;');
    expect(mswi).toContain('interrupts-extended = <0x01 0x03 0x02 0x03>;');
    const mtimer = nodeOf(other.source, 'mtimer@200bff8');
    expect(mtimer).toContain('reg = <0x00 0x200bff8 0x00 0x08 0x00 0x2004000 0x00 0x7ff8>;');
    expect(mtimer).toContain('interrupts-extended = <0x01 0x07 0x02 0x07>;');
    const sswi = nodeOf(other.source, 'sswi@2f00000');
    expect(sswi).toContain('reg = <0x00 0x2f00000 0x00 0x4000>;');
    expect(sswi).toContain('interrupts-extended = <0x01 0x01 0x02 0x01>;');
  });
});

describe('the device table', () => {
  it('refuses more than 32 virtio devices', () => {
    const many = Array.from({ length: 33 }, () => new VirtioRng(seededEntropy(1)));
    expect(() => deviceTable(many)).toThrow('at most 32');
  });
});
