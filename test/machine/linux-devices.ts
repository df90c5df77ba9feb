/**
 * Debian's Linux drives every virtio device of the machine, its clock and its UART, and two machines talk over a hub. By hand:
 * node --import tsx test/machine/linux-devices.ts
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFile } from '../../src/api/bundle.ts';
import { parseIsa } from '../../src/isa/extensions.ts';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import { loadBoot } from '../../src/machine/boot/load.ts';
import { planBoot } from '../../src/machine/boot/plan.ts';
import { BuiltInFirmware } from '../../src/machine/firmware/firmware.ts';
import { admitHart } from '../../src/machine/firmware/hsm.ts';
import { RAM_PHYSICAL_BASE } from '../../src/machine/hart-layout.ts';
import { SliceEnd } from '../../src/machine/hart-runner.ts';
import { FileSink } from '../../src/machine/host/file-sink.ts';
import { hostFolder } from '../../src/machine/host/host-folder.ts';
import { Machine } from '../../src/machine/machine.ts';
import { HUB_BYTES, HubPort } from '../../src/machine/network/hub.ts';
import { CapturedPort } from '../../src/machine/network/pcap.ts';
import { Virtio9p } from '../../src/machine/virtio/9p.ts';
import { VirtioBalloon } from '../../src/machine/virtio/balloon.ts';
import { VirtioBlock } from '../../src/machine/virtio/block.ts';
import { VirtioConsole } from '../../src/machine/virtio/console.ts';
import { VirtioKeyboard } from '../../src/machine/virtio/keyboard.ts';
import type { VirtioModel } from '../../src/machine/virtio/mmio.ts';
import { VirtioNet } from '../../src/machine/virtio/net.ts';
import { MemoryDisk, OverlayDisk } from '../../src/machine/virtio/overlay.ts';
import { seededEntropy, VirtioRng } from '../../src/machine/virtio/rng.ts';
import { VirtioTablet } from '../../src/machine/virtio/tablet.ts';
import { TranslatorClient } from '../../src/machine-thread/translator-client.ts';
import { type LinuxGuest, linuxGuest, PROMPT } from './linux-guest.ts';

const MIB = 2 ** 20;
const RAM_BYTES = 256 * MIB;
const SLICE = 500_000;
const TIMEOUT_MS = 240_000;

const interpreter = new WebAssembly.Module(
  new Uint8Array(readFileSync(bundleFile('interpreter.wasm'))),
);
const doorbell = new Int32Array(new SharedArrayBuffer(64));

function translation(): Translation {
  const port = new TranslatorClient(
    { file: bundleFile('translator-thread.js'), cache: undefined },
    doorbell,
  );
  return { mode: 'background', port };
}

/** Both ends of a byte stream between guest and host. */
class Stream {
  seen = '';
  private typed: number[] = [];

  read(into: Uint8Array): number {
    const bytes = this.typed.splice(0, into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array): number {
    this.seen += String.fromCharCode(...bytes);
    return bytes.length;
  }

  type(text: string): void {
    this.typed.push(...new TextEncoder().encode(text));
  }
}

class Guest {
  readonly serial = new Stream();
  readonly machine: Machine;
  private readonly waiting = new Set<number>();

  constructor(files: LinuxGuest, harts: number, virtio: VirtioModel[]) {
    const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
    const plan = planBoot({
      firmware: 'builtin',
      kernel: { name: 'kernel', bytes: bytes(files.kernel) },
      initrd: { name: 'initrd', bytes: bytes(files.initrd) },
      ramBase: RAM_PHYSICAL_BASE,
      ramBytes: RAM_BYTES,
    });
    let firmware: BuiltInFirmware | undefined;
    this.machine = new Machine({
      ramBytes: RAM_BYTES,
      harts,
      isa: parseIsa('rv64gc'),
      tracksCode: true,
      isDeterministic: false,
      wallClockNs: () => Date.now() * 1e6,
      uartSource: this.serial,
      uartSink: this.serial,
      virtio,
      bootArguments: 'console=ttyS0',
      ...(plan.initrd ? { initrd: plan.initrd } : {}),
      observers: (board) => [(firmware = new BuiltInFirmware(board))],
      createEngine: (memory, calls, isa) =>
        createEngine({ memory, calls, isa, interpreter, translation: translation() }),
    });
    loadBoot(this.machine, plan);
    firmware?.start(this.machine.harts, plan.entry, this.machine.deviceTreeAddress);
  }

  /** A slice for each hart that has something to do. */
  step(): void {
    this.machine.poll();
    for (const hart of this.machine.harts) {
      hart.updateTimer();
      this.machine.clint.update();
      if (!admitHart(hart)) continue;
      if (this.waiting.has(hart.state.id) && !hart.hasWakeup()) continue;
      this.waiting.delete(hart.state.id);
      const end = this.machine.runSlice(hart, SLICE);
      if (end === SliceEnd.WAITING) this.waiting.add(hart.state.id);
    }
  }
}

const guests: Guest[] = [];

/** Run all guests until `isDone`. */
function runUntil(what: string, isDone: () => boolean): void {
  const end = Date.now() + TIMEOUT_MS;
  while (!isDone()) {
    if (Date.now() > end) {
      throw new Error(
        `${what}: ${guests.map((guest) => guest.serial.seen.slice(-2000)).join('\n')}`,
      );
    }
    for (const guest of guests) guest.step();
  }
}

function ask(guest: Guest, command: string): string {
  guest.serial.seen = '';
  guest.serial.type(`${command}; echo "<$?>"\n`);
  // The shell asks for the cursor's place behind its prompt.
  runUntil(command, () => /<\d+>\r\n[\s\S]*# /.test(guest.serial.seen));
  const [, output = '', status] = /"\r\n([\s\S]*)<(\d+)>\r\n/.exec(guest.serial.seen) ?? [];
  if (status !== '0') throw new Error(`'${command}' ended with ${status}: ${output}`);
  return output.replaceAll('\r', '');
}

function check(what: string, output: string, pattern: RegExp): void {
  if (pattern.test(output)) {
    console.log(`ok   ${what}`);
    return;
  }
  console.log(`FAIL ${what}: ${JSON.stringify(output)} lacks ${pattern}`);
  process.exitCode = 1;
}

const files = linuxGuest();
if (!files) process.exit(0);

const folder = mkdtempSync(join(tmpdir(), 'hartix-linux-'));
writeFileSync(join(folder, 'hello'), 'from the host\n');
const area = new SharedArrayBuffer(HUB_BYTES);
const nowNs = (): number => Date.now() * 1e6;
const capture = join(folder, 'net.pcap');
const card = (port: number): VirtioNet => {
  const end = new HubPort({ area, port });
  const wire = port === 0 ? new CapturedPort(end, new FileSink(capture), nowNs) : end;
  return new VirtioNet(wire, Uint8Array.of(0x52, 0x54, 0, 0, 0, port + 1));
};
const [hvc0, log, hvc1] = [new Stream(), new Stream(), new Stream()];
const disk = new OverlayDisk(new MemoryDisk(new Uint8Array(64 * MIB), true));
const block = new VirtioBlock(disk, 'proof', 2);
const balloon = new VirtioBalloon();
const keyboard = new VirtioKeyboard();
const tablet = new VirtioTablet();
const net = card(0);
const first = new Guest(files, 2, [
  block,
  new VirtioConsole(hvc0, hvc0, [
    { name: 'org.hartix.log', isConsole: false, source: log, sink: log },
    { name: '', isConsole: true, source: hvc1, sink: hvc1 },
  ]),
  new VirtioRng(seededEntropy(1)),
  balloon,
  keyboard,
  tablet,
  net,
  new Virtio9p('host', hostFolder(folder, false)),
]);
guests.push(first);

runUntil('boot', () => first.serial.seen.includes(PROMPT));
console.log(`ok   prompt after ${(performance.now() / 1000).toFixed(1)} s`);

check(
  'devices',
  ask(first, 'cat /sys/bus/virtio/devices/*/device | tr "\\n" " "'),
  /^0x0002 0x0003 0x0004 0x0005 0x0012 0x0012 0x0001 0x0009 $/,
);
check('drivers', ask(first, 'ls -d /sys/bus/virtio/devices/*/driver | wc -l'), /^8\n/);

check('block: two queues', ask(first, 'ls /sys/block/vda/mq | tr "\\n" " "'), /^0 1 $/);
check('block: serial', ask(first, 'cat /sys/block/vda/serial'), /^proof$/);
check('block: 4 KiB blocks', ask(first, 'cat /sys/block/vda/queue/physical_block_size'), /^4096\n/);
ask(first, 'seq 50000 > /tmp/n; dd if=/tmp/n of=/dev/vda bs=64k conv=fsync 2>/dev/null');
check(
  'block: data',
  ask(first, 'dd if=/dev/vda bs=64k count=16 2>/dev/null | md5sum'),
  /^[0-9a-f]{32}/,
);
const written = disk.overlayBytes;
ask(first, 'sync; busybox blkdiscard /dev/vda');
check(
  'block: discard frees the overlay',
  `${written} then ${disk.overlayBytes}`,
  /^[1-9]\d+ then 0$/,
);
check(
  'block: discarded',
  ask(first, 'dd if=/dev/vda bs=64k count=1 2>/dev/null | tr -d "\\0" | wc -c'),
  /^0\n/,
);

const port = ask(first, 'grep -l org.hartix.log /sys/class/virtio-ports/*/name').split('/')[4];
ask(first, `echo to the host > /dev/${port}`);
check('console: port by name', log.seen, /^to the host\n$/);
log.type('from the host\n');
check('console: input', ask(first, `head -n 1 /dev/${port}`), /from the host/);
ask(first, 'echo on the terminal > /dev/hvc1');
check('console: second terminal', hvc1.seen, /on the terminal/);

const freeBefore = Number(ask(first, 'grep MemFree /proc/meminfo | tr -dc 0-9'));
balloon.setTarget((64 * MIB) / 4096);
runUntil('inflation', () => balloon.pages === (64 * MIB) / 4096);
const freeAfter = Number(ask(first, 'grep MemFree /proc/meminfo | tr -dc 0-9'));
check('balloon: 64 MiB less', String(freeBefore - freeAfter > 50_000), /true/);
balloon.requestStatistics();
runUntil('statistics', () => (balloon.statistics.get('totalBytes') ?? 0) > 0);
balloon.setTarget(0);
runUntil('deflation', () => balloon.pages === 0);
console.log(`ok   balloon: back, ${balloon.statistics.get('freeBytes')} bytes were free`);

const inputs = ask(first, 'cat /proc/bus/input/devices');
check('input: names', inputs, /Hartix virtio keyboard[\s\S]*Hartix virtio tablet/);
const event = /Hartix virtio keyboard[\s\S]*?(event\d)/.exec(inputs)?.[1];
first.serial.type(
  `dd if=/dev/input/${event} bs=24 count=2 2>/dev/null | busybox hexdump -e '24/1 "%02x " "\\n"'\n`,
);
runUntil('reader', () => first.serial.seen.includes('hexdump -e'));
for (let i = 0; i < 400; i++) first.step();
first.serial.seen = '';
keyboard.key(30, true);
runUntil('key', () => first.serial.seen.includes(PROMPT));
check(
  'input: KEY_A down',
  first.serial.seen,
  /01 00 1e 00 01 00 00 00\s[\s\S]*00 00 00 00 00 00 00 00\s/,
);

check('rng', ask(first, 'cat /sys/class/misc/hw_random/rng_current'), /^virtio_rng/);
ask(first, 'mount -t 9p -o trans=virtio host /mnt');
check('9p', ask(first, 'cat /mnt/hello; echo back > /mnt/back'), /^from the host/);
check('9p: on the host', readFileSync(join(folder, 'back'), 'utf8'), /^back\n$/);
const drift = Number(ask(first, 'cat /sys/class/rtc/rtc0/since_epoch')) - Date.now() / 1000;
check('rtc', String(Math.abs(drift) < 5), /true/);

const second = new Guest(files, 1, [card(1)]);
guests.push(second);
runUntil('second boot', () => second.serial.seen.includes(PROMPT));
ask(first, 'ip addr add 10.0.0.1/24 dev eth0; ip link set eth0 up');
ask(second, 'ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up');
check('net: ping', ask(first, 'ping -c 3 10.0.0.2'), /3 packets received, 0% packet loss/);
check('net: large frames', ask(second, 'ping -c 3 -s 9000 10.0.0.1'), /3 packets received/);
net.setLink(false);
runUntil('link', () => /eth0/.test(ask(first, 'ip link')) && /NO-CARRIER/.test(first.serial.seen));
net.setLink(true);
check('net: cable', ask(first, 'sleep 1; ping -c 1 10.0.0.2'), /1 packets received/);

for (const guest of guests) guest.serial.type('poweroff -f\n');
runUntil('power-off', () => guests.every((guest) => guest.machine.powerOffStatus === 0));
console.log(`ok   power-off; frames in ${capture}`);
