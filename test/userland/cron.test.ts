/** Jobs of at, batch and crontab in the guest: run by crond at their time, as their users, output in the mailbox. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

/** In virtual time hours of sleep take no time of the host. */
let os: System;
beforeAll(async () => {
  os = await boot({ deterministic: true });
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script);
  return `${stdout}${stderr}[${exitCode}]`;
}

describe('cron', () => {
  it('runs a job at its time, with the folder, umask and environment it was given in', async () => {
    await sh(
      "mkdir -p /tmp/here && cd /tmp/here && umask 027 && COLOUR=\"it's blue\" at now + 2 minutes <<'END'\npwd >out; umask >>out; echo $COLOUR >>out; id -un >>out\nEND",
    );
    expect(await sh('atq | wc -l; pgrep -c crond; cat /tmp/here/out')).toBe(
      '1\n1\ncat: /tmp/here/out: No such file or directory\n[1]',
    );
    expect(await sh('sleep 130; cat /tmp/here/out; stat -c %a /tmp/here/out; atq')).toBe(
      "/tmp/here\n0027\nit's blue\nroot\n640\n[0]",
    );
  });

  it('ends when nothing is left to run', async () => {
    expect(await sh('sleep 1; pgrep -c crond')).toBe('0\n[1]');
  });

  it('puts what a job prints into the mailbox of its user', async () => {
    await sh('su - user -c \'echo "id -un; echo From here; exit 3" | at now\'');
    expect(
      await sh("sleep 2; grep -v '^From user' /var/mail/user; stat -c '%U %a' /var/mail/user"),
    ).toMatch(
      /^From: user \(cron\)\nTo: user\nSubject: Output from your job +\d+\nX-Status: 3\n\nuser\n>From here\n\nuser 600\n\[0\]$/,
    );
  });

  it('lets users see and remove their own jobs only', async () => {
    const script = `exec 2>&1
echo true | at -q c now + 1 day
su user -c "echo true | at now + 1 day; at -l | wc -l; cat /var/spool/cron/atjobs/*"
su user -c "atrm $(at -l -q c | cut -f1)" || echo $?
at -l | cut -f1 | xargs at -r; at -l`;
    expect((await os.exec(script)).stdout.replaceAll(/^job .*\n/gm, '')).toMatch(
      /^1\ncat: .*Permission denied\natrm: \d+: Not owner\n1\n$/,
    );
  });

  it('runs the lines of a crontab again and again until it is removed', async () => {
    // One script: between two, the virtual clock runs on to the daemon's next minute.
    const script = `sleep $((65 - $(date +%-S))) # early in a minute
printf 'WHO=world\\n* * * * * echo hello $WHO >>/tmp/minutes; cat >>/tmp/minutes%%one%%two\\n' | crontab -
sleep 180; cat /tmp/minutes
crontab -r; crontab -l
sleep 120; wc -l </tmp/minutes; pgrep -c crond`;
    const { stdout, stderr } = await os.exec(script);
    expect(stdout).toBe(`${'hello world\none\ntwo\n'.repeat(3)}9\n0\n`);
    expect(stderr).toBe('crontab: no crontab for root\n');
  });

  it('refuses lines that are none, and users who are denied', async () => {
    expect(
      await sh(
        "printf '* * * *\\n61 * * * * x\\n@never x\\n5-1 * * * * x\\n* * * jan-dec mon x\\n' | crontab -",
      ),
    ).toBe(
      '"-":1: bad day-of-week\n"-":2: bad minute\n"-":3: bad time specifier\n"-":4: bad minute\nerrors in crontab file, can\'t install.\n[1]',
    );
    await sh('echo nobody >/etc/at.deny; echo user >/etc/cron.allow');
    expect(await sh("su -s /bin/sh nobody -c 'at -l'")).toMatch(/do not have permission.*\n\[1\]$/);
    expect(await sh("su -s /bin/sh nobody -c 'crontab -l'")).toMatch(/do not have permission/);
    expect(await sh("su user -c 'crontab -l'")).toBe('crontab: no crontab for user\n[1]');
  });
});
