/** Users in the guest: su, sudo, passwd with root's rights for others, useradd and userdel; texts as shadow-utils, util-linux and sudo have them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script);
  return `${stdout}${stderr}[${exitCode}]`;
}

describe('users', () => {
  it('become others with su, and root with sudo where /etc/sudoers lets them', async () => {
    expect(await sh("su user -c 'id -un; sudo id -u; sudo -u nobody id -un'")).toBe(
      'user\n0\nnobody\n[0]',
    );
    expect(await sh("su - user -c 'pwd; echo $HOME $USER $SHELL'")).toBe(
      '/home/user\n/home/user user /bin/sh\n[0]',
    );
    expect(await sh("su user -c 'echo 0 | sudo tee /proc/sys/kernel/randomize_va_space'")).toBe(
      '0\n[0]',
    );
    expect(await sh("su -s /bin/sh nobody -c 'sudo -n id'")).toBe(
      'sudo: a password is required\n[1]',
    );
  });

  it('send letters to each other, in the name that is theirs; mailboxes are for their users', async () => {
    await sh(
      "useradd eve; su eve -c 'echo text | mail -s hello user; sendmail -f root user </dev/null'",
    );
    expect(await sh("su user -c 'mail -H'")).toMatch(
      /^>N {2}1 eve .* hello\n N {2}2 eve .*\n\[0\]$/,
    );
    expect(await sh("su eve -c 'cat /var/mail/user'")).toMatch(/Permission denied\n\[1\]$/);
    expect(await sh("su eve -c 'mail -u user'")).toMatch(/Permission denied\n\[1\]$/);
    expect(
      await sh("su eve -c 'echo x | CRON_SPOOL=/tmp/other sendmail user'; ls /tmp/other"),
    ).toMatch(/No such file/);
    await sh('userdel eve; rm /var/mail/user');
  });

  it('keep their environment from root: LD_ variables go, SUDO_USER comes', async () => {
    const script =
      "su user -c 'LD_PRELOAD=x EVIL=1 sudo env' | grep -E '^(LD_|EVIL|SUDO_USER|PATH)' | sort";
    expect(await sh(script)).toBe(
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nSUDO_USER=user\n[0]',
    );
    expect(await sh("su user -c 'sudo FOO=1 env'")).toMatch(/not allowed to set.*FOO\n\[1\]$/);
  });

  it('follow the rules: the last that matches, commands with arguments, negation, no file that others may write', async () => {
    await sh(
      "printf 'nobody ALL=(user) NOPASSWD: /bin/id -un, /bin/id -u, !/bin/id -u\\n' >/etc/sudoers.d/test",
    );
    const run = (words: string) => sh(`su -s /bin/sh nobody -c 'sudo -n ${words}'`);
    expect(await run('-u user id -un')).toBe('user\n[0]');
    expect(await run('-u user id -u')).toBe('sudo: a password is required\n[1]');
    expect(await run('-u user id -gn')).toBe('sudo: a password is required\n[1]');
    expect(await run('id -un')).toBe('sudo: a password is required\n[1]');
    await sh('chmod 666 /etc/sudoers.d/test');
    expect(await run('-u user id -un')).toBe(
      "sudo: /etc/sudoers.d/test is not root's alone to change\n[1]",
    );
    await sh('rm /etc/sudoers.d/test');
  });

  it('are changed: groups, shell, name, lock, as by usermod of shadow-utils 4.13', async () => {
    await sh('useradd bob; groupadd crew; groupadd deck');
    expect(await sh('usermod -aG sudo,crew bob; usermod -a -G deck bob; id -nG bob')).toBe(
      'bob sudo crew deck\n[0]',
    );
    expect(await sh("usermod -G deck -s /bin/false -c 'Bob B' -d /nowhere bob; id -nG bob")).toBe(
      'bob deck\n[0]',
    );
    expect(await sh('grep ^bob: /etc/passwd; grep -c . /etc/group; grep ^sudo /etc/group')).toMatch(
      /^bob:x:\d+:\d+:Bob B:\/nowhere:\/bin\/false\n\d+\nsudo:x:27:user\n\[0\]$/,
    );
    expect(
      await sh("usermod -p 'x$y' bob; usermod -L bob; usermod -L bob; grep ^bob: /etc/shadow"),
    ).toMatch(/^bob:!x\$y:\d+:0:99999:7:::\n\[0\]$/);
    expect(await sh('usermod -U bob; grep ^bob: /etc/shadow')).toMatch(/^bob:x\$y:/);
    expect(await sh('usermod -G nogroup,nosuch bob')).toBe(
      "usermod: group 'nosuch' does not exist\n[6]",
    );
    expect(await sh('usermod -s /bin/sh nosuch')).toBe(
      "usermod: user 'nosuch' does not exist\n[6]",
    );
    expect(await sh('usermod -u 0 bob')).toBe("usermod: UID '0' already exists\n[4]");
    await sh('userdel bob; groupdel crew; groupdel deck');
  });

  it('are added, get a password that only they and root change, and go', async () => {
    expect(await sh("useradd -m -G sudo,audio -c 'Ann Other' ann; id ann; passwd -S ann")).toBe(
      'uid=1001(ann) gid=1001(ann) groups=1001(ann),27(sudo),29(audio)\nann L\n[0]',
    );
    expect(
      await sh('getent passwd ann 2>/dev/null || grep ann: /etc/passwd; stat -c "%U %a" /home/ann'),
    ).toBe('ann:x:1001:1001:Ann Other:/home/ann:/bin/sh\nann 700\n[0]');
    expect(await sh('useradd ann')).toBe("useradd: user 'ann' already exists\n[9]");
    expect(await sh("printf 'first-word\\n' | passwd -s ann; passwd -S ann")).toMatch(/^ann P\n/);
    const asNobody = (password: string) =>
      sh(`echo ${password} | su -s /bin/sh nobody -c 'su ann -c "id -un"'`);
    expect(await asNobody('first-word')).toBe('ann\nPassword: [0]');
    expect(await asNobody('wrong')).toBe('Password: su: Authentication failure\n[1]');
    expect(await sh("su user -c 'passwd -d ann'")).toBe(
      'passwd: You may not view or modify password information for ann.\n[1]',
    );
    expect(await sh('su ann -c \'printf "first-word\\nsecond-word\\n" | passwd -s\'')).toMatch(
      /updated successfully\n\[0\]$/,
    );
    expect(await asNobody('second-word')).toBe('ann\nPassword: [0]');
    expect(await sh('grep -c second-word /etc/shadow; stat -c "%a %U" /etc/shadow')).toBe(
      '0\n600 root\n[0]',
    );
    expect(
      await sh('userdel -r ann; id ann; grep -c ann /etc/passwd /etc/group /etc/shadow; ls /home'),
    ).toBe("/etc/passwd:0\n/etc/group:0\n/etc/shadow:0\nuser\nid: 'ann': no such user\n[0]");
  });

  it('are in databases, as ports are: getent of glibc 2.36 prints the same', async () => {
    expect(await sh('getent services ssh 80 domain/udp www; getent services nosuch/tcp')).toBe(
      'ssh                   22/tcp\nhttp                  80/tcp www\ndomain                53/udp\nhttp                  80/tcp www\n[2]',
    );
    expect(await sh('getent services | wc -l; getent group root')).toMatch(
      /^\d\d\nroot:x:0:\n\[0\]$/,
    );
  });

  it('ask for a password once, until it is forgotten', async () => {
    await sh("sed -i 's/NOPASSWD: //' /etc/sudoers");
    expect(
      await sh("su user -c 'echo user | sudo -S id -u; sudo -n id -u; sudo -k; sudo -n id -u'"),
    ).toBe('0\n0\n[sudo] password for user: sudo: a password is required\n[1]');
  });

  it('enter a group with newgrp and sg: members do, others are told', async () => {
    await sh("groupadd -g 2000 crew; sed -i 's/^crew:.*/crew:x:2000:user/' /etc/group");
    expect(await sh('su user -c "sg crew \'id -gn; touch /tmp/made\'; stat -c %G /tmp/made"')).toBe(
      'crew\ncrew\n[0]',
    );
    expect(await sh("echo 'id -gn' | su user -c 'newgrp crew'")).toBe('crew\n[0]');
    expect(await sh("su -s /bin/sh nobody -c 'sg crew id'")).toBe('sg: Permission denied\n[1]');
    expect(await sh("su user -c 'newgrp nosuch'")).toBe(
      "newgrp: group 'nosuch' does not exist\n[1]",
    );
  });
});
