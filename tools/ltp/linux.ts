/** The oracle: Debian's Linux in qemu-system-riscv64, its shell on the serial line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type LinuxGuest, PROMPT } from '../../test/machine/linux-guest.ts';
import {
  commandFor,
  type Disks,
  ENVIRONMENT,
  type Guest,
  HANGS_MS,
  MOUNT_SUITE,
  type Outcome,
} from './guest.ts';

const QEMU = 'qemu-system-riscv64';
const HARTS = 2;
const BOOT_MS = 300_000;
/** From the initial RAM disk into the root, as switch_root does. */
const ENTER = [
  'mount -t ext4 /dev/vda /mnt',
  'for d in dev proc sys; do mount -o move /$d /mnt/$d; done',
  'cd /mnt; mount -o move . /; exec chroot . /bin/sh',
];
const FOLDERS = [
  'mkdir -p /dev/shm /dev/pts',
  'for d in /tmp /run /dev/shm; do mount -t tmpfs tmpfs $d; done; chmod 1777 /tmp /dev/shm',
  'mount -t devpts devpts /dev/pts',
  ...Object.entries(ENVIRONMENT).map(([name, value]) => `export ${name}=${value}`),
  MOUNT_SUITE,
];

class Serial {
  private readonly child: ChildProcess;
  private seen = '';
  private onData = (): void => undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.seen += text;
      this.onData();
    });
    child.on('exit', () => this.onData());
  }

  /** What came before the pattern, which is taken away with it. */
  waitFor(pattern: RegExp, milliseconds: number): Promise<readonly [string, RegExpExecArray]> {
    return new Promise((resolve, reject) => {
      const end = (error: Error) => {
        clearTimeout(timer);
        this.onData = () => undefined;
        reject(error);
      };
      const timer = setTimeout(
        () => end(new Error(`Linux does not answer: ${this.seen.slice(-300)}`)),
        milliseconds,
      );
      this.onData = () => {
        const match = pattern.exec(this.seen);
        if (match) {
          clearTimeout(timer);
          this.onData = () => undefined;
          const before = this.seen.slice(0, match.index);
          this.seen = this.seen.slice(match.index + match[0].length);
          resolve([before, match]);
        } else if (this.child.exitCode !== null) end(new Error('qemu is gone'));
      };
      this.onData();
    });
  }

  /** Runs a command in the shell. */
  async ask(command: string, milliseconds: number): Promise<Outcome> {
    this.child.stdin?.write(`${command}; echo "@@""status $?"\n`);
    const [output, [, status]] = await this.waitFor(/@@status (\d+)\r?\n/, milliseconds);
    return { status: Number(status), output };
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

export async function bootLinux(linux: LinuxGuest, disks: Disks): Promise<Guest> {
  const drives = [disks.root, disks.suite, disks.scratch].flatMap((file, index) => [
    '-drive',
    `file=${file},format=raw,if=none,id=d${index},snapshot=on`,
    '-device',
    `virtio-blk-device,drive=d${index}`,
  ]);
  const machine = `-M virt -smp ${HARTS} -m 1G -nographic -monitor none -no-reboot -kernel ${linux.kernel} -initrd ${linux.initrd}`;
  const serial = new Serial(
    spawn(QEMU, [...machine.split(' '), '-append', 'console=ttyS0 quiet', ...drives], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await serial.waitFor(new RegExp(PROMPT), BOOT_MS);
  for (const command of ENTER.slice(0, -1)) await serial.ask(command, BOOT_MS);
  serial.write(`${ENTER.at(-1)}\n`);
  for (const command of ['stty -echo', ...FOLDERS]) {
    const { status, output } = await serial.ask(command, BOOT_MS);
    if (status !== 0) throw new Error(`${command}: ${output}`);
  }
  return {
    run: (line) => serial.ask(commandFor(line), HANGS_MS),
    [Symbol.asyncDispose]: async () => serial.kill(),
  };
}
