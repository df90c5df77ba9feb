/** The notes of a core file: registers of each thread, what the process was, its files. Linux: fs/binfmt_elf.c, linux/elfcore.h. */
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { pathOf } from '../fs/path.ts';
import { fromBytes, toBytes } from '../lib/bytes.ts';
import { siginfoBytes } from './arch/signal-frame.ts';
import { floatWords, generalWords, getFcsr, getPc } from './arch/user-context.ts';
import type { AddressSpace } from './mm/address-space.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

const NT_PRSTATUS = 1;
const NT_PRFPREG = 2;
const NT_PRPSINFO = 3;
const NT_AUXV = 6;
const NT_SIGINFO = 0x53494749;
const NT_FILE = 0x46494c45;
/** struct elf_prstatus and elf_prpsinfo of riscv64. */
const PRSTATUS_BYTES = 376;
const PRPSINFO_BYTES = 136;
/** f0 to f31 and fcsr. */
const FPREGSET_BYTES = 264;

/** The thread that the signal hit comes first. */
export function coreNotes(
  task: Task,
  space: AddressSpace,
  signal: number,
  info: SignalInfo,
): Uint8Array {
  const { process } = task;
  const siginfo = siginfoBytes(signal, info);
  const parts = [
    note(NT_PRSTATUS, status(task, signal, siginfo)),
    note(NT_PRPSINFO, description(process)),
    note(NT_SIGINFO, siginfo),
    note(NT_AUXV, space.layout.auxv),
    note(NT_FILE, files(process, space)),
    note(NT_PRFPREG, floats(task)),
  ];
  for (const other of process.tasks.values()) {
    if (other === task || !other.isAlive) continue;
    parts.push(note(NT_PRSTATUS, status(other, signal, siginfo)), note(NT_PRFPREG, floats(other)));
  }
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Named "CORE"; name and content are padded to words. */
function note(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + Math.ceil(content.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 5, true);
  view.setUint32(4, content.length, true);
  view.setUint32(8, type, true);
  bytes.set(toBytes('CORE'), 12);
  bytes.set(content, 20);
  return bytes;
}

function status(task: Task, signal: number, siginfo: Uint8Array): Uint8Array {
  const { process, registers, pending, signalMask } = task;
  const bytes = new Uint8Array(PRSTATUS_BYTES);
  const view = new DataView(bytes.buffer);
  const from = new DataView(siginfo.buffer, siginfo.byteOffset);
  view.setInt32(0, signal, true);
  view.setInt32(4, from.getInt32(8, true), true);
  view.setInt32(8, from.getInt32(4, true), true);
  view.setInt16(12, signal, true);
  view.setUint32(16, pending.set.low, true);
  view.setUint32(20, pending.set.high, true);
  view.setUint32(24, signalMask.low, true);
  view.setUint32(28, signalMask.high, true);
  const ids = [task.tid, process.parent?.pid ?? 0, process.group.pgid, process.session.sid];
  for (const [i, id] of ids.entries()) view.setInt32(32 + 4 * i, id, true);
  const { utimeNs: childUser, stimeNs: childSystem } = process.childrenUsage;
  for (const [i, ns] of [task.utimeNs, task.stimeNs, childUser, childSystem].entries()) {
    view.setUint32(48 + 16 * i, Math.floor(ns / 1e9), true);
    view.setUint32(56 + 16 * i, Math.floor((ns % 1e9) / 1000), true);
  }
  const pc = getPc(registers);
  view.setUint32(112, pc, true);
  view.setUint32(116, Math.floor(pc / 0x1_0000_0000), true);
  const words = generalWords(registers);
  for (const [i, word] of words.entries()) view.setUint32(120 + 4 * i, word, true);
  view.setInt32(368, 1, true);
  return bytes;
}

function floats({ registers }: Task): Uint8Array {
  const bytes = new Uint8Array(FPREGSET_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of floatWords(registers).entries()) view.setUint32(4 * i, word, true);
  view.setUint32(256, getFcsr(registers), true);
  return bytes;
}

function description(process: Process): Uint8Array {
  const { leader, credentials, addressSpace: space } = process;
  const bytes = new Uint8Array(PRPSINFO_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, 'R'.charCodeAt(0));
  view.setInt8(3, leader.scheduling.nice);
  view.setUint32(16, credentials.ruid, true);
  view.setUint32(20, credentials.rgid, true);
  const ids = [process.pid, process.parent?.pid ?? 0, process.group.pgid, process.session.sid];
  for (const [i, id] of ids.entries()) view.setInt32(24 + 4 * i, id, true);
  bytes.set(toBytes(leader.name.slice(0, 15)), 40);
  if (space) bytes.set(toBytes(argumentsOf(space)), 56);
  return bytes;
}

/** At most 79 bytes, with blanks between the words. */
function argumentsOf(space: AddressSpace): string {
  const { argumentStart, argumentEnd } = space.layout;
  const most = Math.min(79, argumentEnd - argumentStart);
  let text = '';
  for (let i = 0; i < most; i++) {
    const at = space.pageTable.lookup(argumentStart + i, false);
    text += at < 0 ? '' : fromBytes(space.kernel.arch.ram.bytes(at, 1));
  }
  return text.replace(/\0$/, '').replaceAll('\0', ' ');
}

/** Count, page size, then start, end and page offset of each mapped file; then their names. */
function files(process: Process, space: AddressSpace): Uint8Array {
  const mapped = [...space.vmas].filter(({ file }) => file?.dentry !== undefined);
  const names = mapped
    .map(({ file }) => (file?.dentry ? `${pathOf(file.dentry, process.root)}\0` : '\0'))
    .join('');
  const head = new BigUint64Array(2 + 3 * mapped.length);
  head[0] = BigInt(mapped.length);
  head[1] = BigInt(PAGE_SIZE);
  for (const [i, { start, end, offset }] of mapped.entries())
    head.set([start, end, offset / PAGE_SIZE].map(BigInt), 2 + 3 * i);
  const bytes = new Uint8Array(head.byteLength + names.length);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(toBytes(names), head.byteLength);
  return bytes;
}
