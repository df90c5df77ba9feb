/**
 * Boots Debian's Linux on the machine, under the built-in SBI and under Debian's OpenSBI, with one hart and with two, works in
 * its shell, and compares the time to its prompt with qemu-system-riscv64's. By hand: node --import tsx test/machine/linux.ts [RUNS]
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hub, type Machine, type MachineOptions, openMachine } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { type LinuxGuest, linuxGuest, PROMPT } from './linux-guest.ts';

const OPENSBI = '/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin';
const QEMU = '/usr/bin/qemu-system-riscv64';
const MEMORY = '512M';
const BOOT_MS = 120_000;
const COMMAND_LINE = 'console=ttyS0';
const DISK_MIB = 32;
const VECTOR_RUNS = 3;

interface Board {
  readonly name: string;
  readonly firmware: string;
  readonly harts: number;
}

const BOARDS: readonly Board[] = [1, 2].flatMap((harts) => [
  { name: `built-in SBI, ${harts} hart`, firmware: 'builtin', harts },
  { name: `OpenSBI, ${harts} hart`, firmware: OPENSBI, harts },
]);

function optionsOf(guest: LinuxGuest, board: Board): MachineOptions {
  const { kernel, initrd } = guest;
  const { firmware, harts } = board;
  return { kernel, initrd, firmware, harts, memory: MEMORY, append: COMMAND_LINE };
}

/** Runs a command in the guest's shell; returns what it prints. */
async function ask(machine: Machine, command: string): Promise<string> {
  machine.write(`${command}; echo "<$?>"\n`);
  const [, output = '', status] = await machine.waitFor(/"\r\n([\s\S]*)<(\d+)>\r\n/);
  if (status !== '0') throw new Error(`'${command}' ended with ${status}: ${output}`);
  await machine.waitFor(PROMPT);
  return output;
}

function expectMatch(what: string, output: string, pattern: RegExp): void {
  // The kernel's log comes in between when the host is busy.
  const quiet = output.replace(/^\[ *\d+\.\d+\] .*\r?\n/gm, '');
  if (!pattern.test(output) && !pattern.test(quiet))
    throw new Error(`${what}: ${JSON.stringify(output)} lacks ${pattern}`);
}

/** An ext4 file system with one file, made by the host's e2fsprogs. */
function makeDisk(folder: string): string {
  const disk = join(folder, 'disk.img');
  const content = join(folder, 'content');
  execFileSync('mkdir', [content]);
  writeFileSync(join(content, 'hello'), 'from the host\n');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_MIB * 2 ** 20);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', content, disk]);
  return disk;
}

async function work(guest: LinuxGuest, board: Board, folder: string): Promise<void> {
  const disk = makeDisk(mkdtempSync(join(folder, 'disk-')));
  const start = performance.now();
  const machine = await openMachine({
    ...optionsOf(guest, board),
    disks: [disk],
    mounts: { host: folder },
  });
  try {
    await machine.waitFor(PROMPT, { timeout: BOOT_MS });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    expectMatch('uname', await ask(machine, 'uname -a'), /Linux .* riscv64 GNU\/Linux/);
    const cpus = await ask(machine, 'cat /proc/cpuinfo');
    expectMatch('cpuinfo', cpus, /isa\s*: rv64imafdc/);
    const count = cpus.match(/^processor/gm)?.length;
    if (count !== board.harts) throw new Error(`cpuinfo shows ${count} harts`);
    expectMatch('virtio', await ask(machine, 'ls /sys/bus/virtio/devices'), /virtio0\s+virtio1/);
    await ask(machine, 'mount -t ext4 /dev/vda /mnt');
    expectMatch('ext4', await ask(machine, 'cat /mnt/hello'), /from the host/);
    await ask(machine, 'seq 100000 > /mnt/numbers; umount /mnt');
    await ask(machine, 'mount -t 9p -o trans=virtio host /mnt');
    expectMatch('9p', await ask(machine, 'ls /mnt'), /disk-/);
    machine.write('poweroff -f\n');
    const status = await machine.halted;
    if (status !== 0) throw new Error(`power-off status ${status}`);
    execFileSync('e2fsck', ['-fn', disk], { stdio: 'pipe' });
    console.log(`ok   ${board.name}: prompt after ${seconds} s`);
  } finally {
    await machine.close();
  }
}

/**
 * Linux finds V by itself, and keeps the vector registers of processes apart over switches and signal handlers: the program of
 * test/boot/vector.test.ts, whose output is the same there.
 */
async function vector(guest: LinuxGuest, harts: number, folder: string): Promise<void> {
  const file = join(import.meta.dirname, '../boot/vector.c');
  const build = join(import.meta.dirname, '../../build/vector-programs');
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], build);
  copyFileSync(program, join(folder, 'vector'));
  const board = { name: 'V', firmware: 'builtin', harts };
  const mounts = { host: `${folder}:ro` };
  const machine = await openMachine({ ...optionsOf(guest, board), isa: 'rv64gcv', mounts });
  try {
    await machine.waitFor(PROMPT, { timeout: BOOT_MS });
    expectMatch('cpuinfo', await ask(machine, 'cat /proc/cpuinfo'), /isa\s*: rv64imafdcv_/);
    expectMatch('dmesg', await ask(machine, 'dmesg'), /riscv: ELF capabilities acdfimv/);
    await ask(machine, 'mount -t 9p -o trans=virtio host /mnt');
    const kept = /hwcap: 1\s+switches: kept\s+signal: kept, vl 11, vtype c9\s+exec: vl 0, vill 0/;
    for (let run = 0; run < VECTOR_RUNS; run++)
      expectMatch('vector', await ask(machine, '/mnt/vector'), kept);
    const several = 'for k in 1 2 3 4; do /mnt/vector > /tmp/$k & done; wait; cat /tmp/?';
    const outputs = await ask(machine, `mkdir -p /tmp; ${several}`);
    if (outputs.match(new RegExp(kept, 'g'))?.length !== 4)
      throw new Error(`vector, four at once: ${JSON.stringify(outputs)}`);
    console.log(`ok   vector registers of processes, ${harts} hart`);
  } finally {
    await machine.close();
  }
}

/** Two machines on a hub reach each other. */
async function ping(guest: LinuxGuest): Promise<void> {
  const [built] = BOARDS;
  if (!built) return;
  const net = new Hub();
  const machines = [1, 2].map(() => openMachine({ ...optionsOf(guest, built), net }));
  const pair = await Promise.all(machines);
  try {
    for (const [index, machine] of pair.entries()) {
      await machine.waitFor(PROMPT, { timeout: BOOT_MS });
      await ask(machine, `ip addr add 10.0.0.${index + 1}/24 dev eth0 && ip link set eth0 up`);
    }
    const [first] = pair;
    const answer = first && (await ask(first, 'ping -c 3 10.0.0.2'));
    expectMatch('ping', answer ?? '', /3 packets transmitted, 3 packets received, 0% packet loss/);
    console.log('ok   ping between two machines');
  } finally {
    for (const machine of pair) await machine.close();
  }
}

async function timeHartix(guest: LinuxGuest, board: Board): Promise<number> {
  const start = performance.now();
  const machine = await openMachine(optionsOf(guest, board));
  try {
    await machine.waitFor(PROMPT, { timeout: BOOT_MS });
    return performance.now() - start;
  } finally {
    await machine.close();
  }
}

function timeQemu(guest: LinuxGuest, harts: number): Promise<number> {
  const start = performance.now();
  const images = ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', COMMAND_LINE];
  const board = ['-M', 'virt', '-m', MEMORY, '-smp', String(harts), '-nographic'];
  const child = spawn(QEMU, [...board, ...images], { stdio: ['pipe', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let seen = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), BOOT_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (!seen.includes(PROMPT)) return;
      resolve(performance.now() - start);
      child.kill('SIGKILL');
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`qemu ended before its prompt: ${seen.slice(-200)}`));
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function compare(guest: LinuxGuest, harts: number, runs: number): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await timeHartix(guest, { name: '', firmware: 'builtin', harts }));
    theirs.push(await timeQemu(guest, harts));
  }
  const [a, b] = [median(ours) / 1000, median(theirs) / 1000];
  console.log(
    `to the prompt, ${harts} hart, median of ${runs}: hartix ${a.toFixed(2)} s, qemu ${b.toFixed(2)} s: ${(a / b).toFixed(2)} times`,
  );
}

const guest = linuxGuest();
if (!guest) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'hartix-linux-'));
const runs = Number(process.argv[2] ?? 3);
try {
  for (const board of BOARDS) {
    if (existsSync(board.firmware) || board.firmware === 'builtin')
      await work(guest, board, folder);
    else console.log(`SKIPPED ${board.name}: no ${board.firmware} (apt-get install opensbi)`);
  }
  for (const harts of [1, 2]) await vector(guest, harts, folder);
  await ping(guest);
  if (existsSync(QEMU)) {
    if (runs > 0) for (const harts of [1, 2]) await compare(guest, harts, runs);
  } else console.log(`SKIPPED the comparison: no ${QEMU} (apt-get install qemu-system-misc)`);
} finally {
  rmSync(folder, { recursive: true });
}
