/** Debian's kernel on the built-in SBI, as far as its shell; linux.ts beside it, by hand, does more. */
import { describe, expect, it } from 'vitest';
import { openMachine } from '../../src/index.ts';
import { linuxGuest, PROMPT } from './linux-guest.ts';

const guest = linuxGuest(['virtio_mmio', 'virtio_rng']);

describe.skipIf(guest === undefined)("Debian's Linux", () => {
  it('boots to a shell, sees the hart and the devices, and powers off', async () => {
    if (!guest) return;
    const append = 'console=ttyS0 quiet';
    const machine = await openMachine({ ...guest, append, banner: false });
    try {
      await machine.waitFor(PROMPT, { timeout: 100_000 });
      machine.write('uname -sm; grep -c ^processor /proc/cpuinfo; ls /sys/bus/virtio/devices\n');
      const [output] = await machine.waitFor(/devices\r\n[^~]*~ # /);
      expect(output).toMatch(/Linux riscv64\r\n1\r\nvirtio0 +virtio1\r\n/);
      machine.write('poweroff -f\n');
      expect(await machine.halted).toBe(0);
    } finally {
      await machine.close();
    }
  });
});
