/** Times of at(1): as Debian's own at takes them, and, where that refuses what POSIX allows, by hand. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';

const HOST = '/usr/bin/at';
const hasHost =
  fs.existsSync(HOST) && process.getuid?.() === 0 && spawnSync(HOST, ['-l']).status === 0;
const TIMES =
  `now|now + 1 minute|now + 5 minutes|now+1hour|now + 2 days|now + 1 week|now + 1 month|now + 14 months
now + 1 year|noon|midnight|teatime|noon tomorrow|midnight + 1 day|4pm|4 pm|4PM|12am|12pm|1:30am|1:30pm tomorrow|16:00
16:00 tomorrow|1630|0815|1630 + 3 days|4pm + 3 days|10am Jul 31|10am jul 31, 2030|10am July 31 2030|1am tomorrow|8:15 mon
noon friday|8:15 next monday|noon Sunday + 1 week|17:00 utc tomorrow|5 pm utc + 2 days|noon 24.12.2030
noon 12/24/2030|noon 2030-12-24|noon 24.12.30|8pmtomorrow|8am tomorrow + 1 hour|now + 90 minutes|tomorrow|friday|jan 1|dec 31
0:00 jan 1|next week|next month|next friday|noon today + 2 hours|23:59|2359|13pm|now + |now + 3|foo|noon foo|25
noon jan 1 2020|noon + 1 fortnight|10:00 sat|10:00 saturday + 1 week|00:01|16.30|noon feb 29 2032|now tomorrow|monday + 2 weeks
noon 31 dec|31 jul 2030|4pm 1 jan 2031|noon+1day`
    .split(/[|\n]/)
    .map((time) => [time]);

describe.skipIf(process.platform !== 'linux')('at', () => {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-at-'));
  let bin = '';
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }));
  if (!hasHost) console.warn('at: no at that root can use on this host, times are not compared');

  /** When the job would run, or "refused"; the job is removed. */
  function jobTime(program: string, remover: string, time: string): string {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'Europe/Berlin', CRON_SPOOL: scratch };
    const run = spawnSync(program, time.trim().split(' '), {
      input: 'true\n',
      encoding: 'utf8',
      env,
    });
    const [, job = '', when] = /^job (\d+) at (.*)$/m.exec(run.stderr) ?? [];
    if (when !== undefined) spawnSync(remover, [job], { env });
    return when ?? 'refused';
  }

  // Debian's looks whether 17:00 of the own zone has passed, and is a day late for an hour; POSIX has the next one.
  it('takes a time of UTC as the next one', () => {
    for (;;) {
      const now = Date.now();
      const next = new Date(now);
      next.setUTCHours(17, 0, 0, 0);
      if (next.getTime() <= now) next.setUTCDate(next.getUTCDate() + 1);
      const ours = jobTime(path.join(bin, 'at'), path.join(bin, 'atrm'), '17:00 utc');
      if (Math.floor(Date.now() / 60_000) !== Math.floor(now / 60_000)) continue;
      const { stdout } = spawnSync('date', ['-d', next.toISOString(), '+%a %b %e %T %Y'], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'Europe/Berlin' },
      });
      expect(ours).toBe(stdout.trim());
      return;
    }
  });

  it.skipIf(!hasHost).each(TIMES)('takes "%s"', (time) => {
    for (;;) {
      const minute = Math.floor(Date.now() / 60_000);
      const ours = jobTime(path.join(bin, 'at'), path.join(bin, 'atrm'), time);
      const theirs = jobTime(HOST, '/usr/bin/atrm', time);
      if (Math.floor(Date.now() / 60_000) !== minute) continue; // the two were asked in different minutes
      expect(ours).toBe(theirs);
      return;
    }
  });
});
