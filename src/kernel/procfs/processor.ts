/** /proc/cpuinfo, stat, uptime, loadavg, version: proc_stat(5) and its neighbours. */

import type { Ns } from '../clock.ts';
import type { HartTimes } from '../cpu-accounting.ts';
import { type DeviceNode, parseDeviceTree } from '../drivers/device-tree.ts';
import type { Kernel } from '../kernel.ts';
import { ticks } from './format.ts';

/** A block per hart, as Linux/riscv64 writes it; cache_alignment is added. */
export function showCpuinfo({ arch, processor }: Kernel): string {
  const cpus = parseDeviceTree(arch.platform.deviceTree).child('cpus');
  const harts = (cpus?.children ?? []).filter((node) => node.string('device_type') === 'cpu');
  return harts.map((node, index) => showHart(node, index, processor.isa)).join('');
}

function showHart(node: DeviceNode, index: number, isa: string): string {
  const mmu = node.string('mmu-type')?.replace('riscv,', '') ?? 'sv39';
  return (
    `processor\t: ${index}\nhart\t\t: ${node.u32('reg') ?? index}\nisa\t\t: ${isa}\nmmu\t\t: ${mmu}\n` +
    `mvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\nhart isa\t: ${isa}\ncache_alignment\t: 64\n\n`
  );
}

/** user, nice, system, idle, iowait of one hart up to now. */
function timesOf({ scheduler }: Kernel, hart: number): readonly Ns[] {
  const { time, running } = scheduler;
  const times = time.accounting.times[hart] as HartTimes;
  const sinceNs = time.accounting.unsettledNs(hart);
  const isIdle = running[hart] === undefined;
  const isWaiting = isIdle && (time.accounting.ioWaiters[hart] as number) > 0;
  return [
    times.userNs + (isIdle ? 0 : sinceNs),
    times.niceNs,
    times.systemNs,
    times.idleNs + (isIdle && !isWaiting ? sinceNs : 0),
    times.iowaitNs + (isWaiting ? sinceNs : 0),
  ];
}

function timesLine(name: string, times: readonly Ns[]): string {
  return `${name} ${times.map(ticks).join(' ')} 0 0 0 0 0\n`;
}

export function showStat(kernel: Kernel): string {
  const { scheduler, clock, pids, traps, hardware, arch } = kernel;
  const perHart = Array.from({ length: arch.harts }, (_, hart) => timesOf(kernel, hart));
  const total = [0, 1, 2, 3, 4].map((kind) => {
    return perHart.reduce((sum, times) => sum + (times[kind] as Ns), 0);
  });
  const harts = perHart.map((times, hart) => timesLine(`cpu${hart}`, times));
  const lines = [...(hardware.plic?.lines.values() ?? [])];
  const highest = Math.max(0, ...lines.map(({ number }) => number));
  const perLine = Array.from({ length: highest + 1 }, (_, number) => {
    const line = hardware.plic?.lines.get(number);
    return line ? line.counts.reduce((sum, count) => sum + count, 0) : 0;
  });
  let blocked = 0;
  for (const task of pids.tasks.values()) if (task.state === 'D') blocked++;
  return (
    `${timesLine('cpu ', total)}${harts.join('')}intr ${traps.totalInterrupts} ${perLine.join(' ')}\n` +
    `ctxt ${scheduler.switches}\nbtime ${clock.bootTimeSeconds}\nprocesses ${pids.forks}\n` +
    `procs_running ${scheduler.runnable}\nprocs_blocked ${blocked}\n` +
    'softirq 0 0 0 0 0 0 0 0 0 0 0\n'
  );
}

function seconds(ns: Ns): string {
  return (Math.floor(ns / 10_000_000) / 100).toFixed(2);
}

/** Time since boot, and time that the harts were idle, all of them together, in seconds. */
export function showUptime(kernel: Kernel): string {
  let idleNs = 0;
  for (let hart = 0; hart < kernel.arch.harts; hart++) idleNs += timesOf(kernel, hart)[3] as Ns;
  return `${seconds(kernel.clock.monotonicNs())} ${seconds(idleNs)}\n`;
}

export function showLoadavg({ load, scheduler, pids }: Kernel): string {
  const averages = load.averages.map((value) => value.toFixed(2)).join(' ');
  return `${averages} ${scheduler.runnable}/${pids.tasks.size} ${pids.lastPid}\n`;
}

export function showVersion({ uts }: Kernel): string {
  return `${uts.sysname} version ${uts.release} (hartix@hartix) (TypeScript) ${uts.version}\n`;
}
