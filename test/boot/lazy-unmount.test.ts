/** umount -l gives the memory of a tmpfs back: at once, or when the last who uses it is gone. */
import { expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

const MEBIBYTES = 8;
const FILL = `mount -t tmpfs none /mnt && dd if=/dev/zero of=/mnt/a bs=1M count=${MEBIBYTES} 2>/dev/null`;

async function freeMebibytes(os: System): Promise<number> {
  const text = await os.fs.readFile('/proc/meminfo', 'utf8');
  return Number(/^MemFree: +(\d+) kB$/m.exec(text)?.[1]) / 1024;
}

test('memory comes back when nobody stands in a detached tmpfs, has a file of it open or runs from it', async () => {
  const os = await boot({ memory: '64M' });
  try {
    await os.exec(`${FILL}; umount /mnt; cat /proc/meminfo`);
    const before = await freeMebibytes(os);
    await os.exec(`${FILL}; umount -l /mnt`);
    expect(await freeMebibytes(os)).toBeGreaterThan(before - MEBIBYTES / 4);
    const users = {
      directory: 'cd /mnt',
      file: 'exec 5</mnt/a',
      program: 'cp /bin/cat /mnt; exec /mnt/cat',
    };
    for (const [user, script] of Object.entries(users)) {
      await os.exec(FILL);
      const program = os.spawn('sh', ['-c', `${script}; cat; exit`]);
      program.write('ready\n');
      await program.waitFor(/ready/);
      await os.exec('umount -l /mnt');
      expect(await freeMebibytes(os), user).toBeLessThan(before - MEBIBYTES / 2);
      program.end();
      await program.exit;
      expect(await freeMebibytes(os), user).toBeGreaterThan(before - MEBIBYTES / 4);
    }
  } finally {
    await os.close();
  }
});
