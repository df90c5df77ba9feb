/**
 * Runs code that nobody has read, on a volume in memory: it sees the files that it was given, has limits, and what it did is looked at
 * afterwards. `node examples/agent/main.ts`
 */
import { boot } from 'hartix';
import { Volume } from 'memfs';

/** What the agent was asked for, and what its model came up with. */
const FILES = { '/sales.csv': 'city,amount\nRome,10\nOslo,7\nRome,5\n' };
const STEPS = [
  "awk -F, 'NR > 1 { sum[$1] += $2 } END { for (c in sum) print c, sum[c] }' sales.csv | sort > totals.txt; cat totals.txt",
  'cat /etc/shadow /work/../../../etc/hostname; ls /home',
  ':(){ :|:& };:',
  'yes | head -c 100000000',
  'rm -rf --no-preserve-root / 2> /dev/null; echo "I am done"',
];

const volume = Volume.fromJSON(FILES);
for (const [index, step] of STEPS.entries()) {
  // A machine for each step: whatever it breaks is gone, and only the volume stays.
  const os = await boot({ memory: '128M', mounts: { '/work': volume } });
  try {
    const command = `ulimit -u 50; ${step}`;
    const options = { user: 'user', cwd: '/work', timeout: 3000, maxBuffer: 64 * 1024 };
    const { stdout, exitCode, signal, timedOut } = await os.exec(command, options);
    const end = timedOut ? 'timeout' : (signal ?? `status ${exitCode}`);
    const shown = stdout.length > 200 ? `${stdout.length} bytes` : stdout.trim();
    console.log(`step ${index + 1}: ${end}\n${shown.replace(/^(?=.)/gm, '  ')}`);
  } finally {
    await os.close();
  }
}
console.log('the volume afterwards:', volume.toJSON());
