/** /proc/cpuinfo, stat, uptime, loadavg, version: proc_stat(5) and its neighbours. */

import type { Ns } from '../clock.ts';
import { type DeviceNode, parseDeviceTree } from '../drivers/device-tree.ts';
import type { Kernel } from '../kernel.ts';
import { ticks } from './format.ts';

/** A block per hart, as Linux/riscv64 writes it; cache_alignment is added. */
export function showCpuinfo({ arch }: Kernel): string {
  const cpus = parseDeviceTree(arch.platform.deviceTree).child('cpus');
  const harts = (cpus?.children ?? []).filter((node) => node.string('device_type') === 'cpu');
  return harts.map(showHart).join('');
}

function showHart(node: DeviceNode, index: number): string {
  const isa = node.string('riscv,isa') ?? 'rv64imafdc';
  const mmu = node.string('mmu-type')?.replace('riscv,', '') ?? 'sv39';
  return (
    `processor\t: ${index}\nhart\t\t: ${node.u32('reg') ?? index}\nisa\t\t: ${isa}\nmmu\t\t: ${mmu}\n` +
    'mvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\ncache_alignment\t: 64\n\n'
  );
}

export function showStat(kernel: Kernel): string {
  const { scheduler, clock, pids, interruptCounts, hardware } = kernel;
  const { userNs, niceNs, systemNs } = scheduler.accounting.times;
  const times = [userNs, niceNs, systemNs, kernel.idleNs].map(ticks);
  const cpu = `${times.join(' ')} 0 0 0 0 0 0`;
  // Time is counted for all harts together: it is spread evenly over their lines.
  const share = `${times.map((time) => Math.floor(time / kernel.arch.harts)).join(' ')} 0 0 0 0 0 0`;
  const harts = Array.from({ length: kernel.arch.harts }, (_, hart) => `cpu${hart} ${share}\n`);
  let interrupts = 0;
  for (const count of interruptCounts.values()) interrupts += count;
  const lines = [...(hardware.plic?.lines.values() ?? [])];
  const highest = Math.max(0, ...lines.map(({ number }) => number));
  const perLine = Array.from({ length: highest + 1 }, (_, number) => {
    const line = hardware.plic?.lines.get(number);
    return line ? line.counts.reduce((sum, count) => sum + count, 0) : 0;
  });
  let blocked = 0;
  for (const task of pids.tasks.values()) if (task.state === 'D') blocked++;
  return (
    `cpu  ${cpu}\n${harts.join('')}intr ${interrupts} ${perLine.join(' ')}\n` +
    `ctxt ${scheduler.switches}\nbtime ${clock.bootTimeSeconds}\nprocesses ${pids.forks}\n` +
    `procs_running ${scheduler.runnable}\nprocs_blocked ${blocked}\n` +
    'softirq 0 0 0 0 0 0 0 0 0 0 0\n'
  );
}

function seconds(ns: Ns): string {
  return (Math.floor(ns / 10_000_000) / 100).toFixed(2);
}

/** Time since boot, and time that the harts were idle, in seconds. */
export function showUptime(kernel: Kernel): string {
  return `${seconds(kernel.clock.monotonicNs())} ${seconds(kernel.idleNs)}\n`;
}

export function showLoadavg({ load, scheduler, pids }: Kernel): string {
  const averages = load.averages.map((value) => value.toFixed(2)).join(' ');
  return `${averages} ${scheduler.runnable}/${pids.tasks.size} ${pids.lastPid}\n`;
}

export function showVersion({ uts }: Kernel): string {
  return `${uts.sysname} version ${uts.release} (hartix@hartix) (TypeScript) ${uts.version}\n`;
}
