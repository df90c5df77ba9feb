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
    expect(await sh("useradd -m -G sudo,audio -c 'Ann Other' ann; id ann; passwd -S ann")).toMatch(
      /^uid=1001\(ann\) gid=1001\(ann\) groups=1001\(ann\),27\(sudo\),29\(audio\)\nann L \d{4}-\d\d-\d\d 0 99999 7 -1\n\[0\]$/,
    );
    expect(
      await sh('getent passwd ann 2>/dev/null || grep ann: /etc/passwd; stat -c "%U %a" /home/ann'),
    ).toBe('ann:x:1001:1001:Ann Other:/home/ann:/bin/sh\nann 700\n[0]');
    expect(await sh('useradd ann')).toBe("useradd: user 'ann' already exists\n[9]");
    expect(await sh("printf 'first-word\\n' | passwd -s ann; passwd -S ann")).toMatch(/^ann P \d/);
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

  it('get passwords from a list, all or none: chpasswd', async () => {
    await sh('useradd -m cat; useradd -m dan');
    expect(await sh("printf 'cat:one-two\\nnosuch:x\\n' | chpasswd; passwd -S cat")).toMatch(
      /^cat L .*\nchpasswd: line 2: user 'nosuch' does not exist\nchpasswd: error detected, changes ignored\n\[0\]$/,
    );
    expect(await sh("printf 'cat:one-two\\ndan:three:four\\n' | chpasswd")).toBe('[0]');
    expect(await sh("passwd -S cat | cut -d' ' -f2; grep -c '^dan:\\$6\\$' /etc/shadow")).toBe(
      'P\n1\n[0]',
    );
    expect(await sh(`su user -c "printf 'one-two\\n' | su cat -c 'id -un'"`)).toMatch(
      /cat\n.*\[0\]$/s,
    );
    expect(await sh(`su user -c "printf 'three:four\\n' | su dan -c 'id -un'"`)).toMatch(
      /dan\n.*\[0\]$/s,
    );
    expect(await sh("printf 'dan:*\\n' | chpasswd -e; grep -o '^dan:[^:]*' /etc/shadow")).toBe(
      'dan:*\n[0]',
    );
    expect(await sh("printf 'cat\\n' | chpasswd")).toMatch(
      /line 1: missing new password\n.*\[1\]$/s,
    );
    expect(await sh("su user -c 'chpasswd < /dev/null'")).toBe('chpasswd: Permission denied.\n[1]');
  });

  it('change their shells: chsh', async () => {
    expect(await sh('chsh -s /bin/cat cat; grep -o ":[^:]*$" /etc/passwd | tail -2')).toMatch(
      /:\/bin\/cat\n/,
    );
    expect(await sh('chsh -s /nosuch cat')).toBe('chsh: /nosuch is an invalid shell\n[1]');
    expect(await sh('chsh -s /bin/sh: cat')).toBe('chsh: /bin/sh: is an invalid shell\n[1]');
    expect(
      await sh("printf '/bin/sh\\n' | chsh cat | head -1; grep -c '^cat:.*:/bin/sh$' /etc/passwd"),
    ).toBe('Changing the login shell for cat\n1\n[0]');
    expect(await sh("su user -c 'chsh -s /bin/sh cat'")).toBe(
      "chsh: You may not change the shell for 'cat'.\n[1]",
    );
    expect(
      await sh(
        'su cat -c \'printf "one-two\\n" | chsh -s /bin/sh; printf "one-two\\n" | chsh -s /bin/cat\'',
      ),
    ).toMatch(/^Password: .*chsh: \/bin\/cat is an invalid shell\n\[1\]$/s);
    expect(await sh('userdel -r cat; userdel -r dan')).toMatch(/\[0\]$/);
  });

  it('have passwords and accounts that end: chage and passwd as of shadow-utils 4.13', async () => {
    await sh('useradd bob; usermod -p "$(grep ^user: /etc/shadow | cut -d: -f2)" bob');
    expect(
      await sh('chage -d 2026-01-02 -m 3 -M 90 -W 14 -I 30 -E 2027-12-31 bob; chage -l bob'),
    ).toBe(`Last password change\t\t\t\t\t: Jan 02, 2026
Password expires\t\t\t\t\t: Apr 02, 2026
Password inactive\t\t\t\t\t: May 02, 2026
Account expires\t\t\t\t\t\t: Dec 31, 2027
Minimum number of days between password change\t\t: 3
Maximum number of days between password change\t\t: 90
Number of days of warning before password expires\t: 14
[0]`);
    const fields = 'grep ^bob: /etc/shadow | cut -d: -f3-';
    expect(await sh(fields)).toBe('20455:3:90:14:30:21183:\n[0]');
    expect(
      await sh(`chage -E -1 -I -1 -M -1 -d 0 bob; ${fields}; chage -i -l bob | head -4`),
    ).toBe(`0:3::14:::
Last password change\t\t\t\t\t: password must be changed
Password expires\t\t\t\t\t: password must be changed
Password inactive\t\t\t\t\t: password must be changed
Account expires\t\t\t\t\t\t: never
[0]`);
    expect(await sh(`passwd -x 30 -n 2 -w 5 -i 6 bob; ${fields}`)).toBe(
      '0:2:30:5:6::\npasswd: password changed.\n[0]',
    );
    expect(await sh(`printf '5\\n6\\n\\n\\n-1\\n\\n' | chage bob | wc -l; ${fields}`)).toBe(
      '3\n0:5:6:5:::\n[0]',
    );
    expect(await sh('chage -E junk bob')).toMatch(/^chage: invalid date 'junk'\n.*\n\[2\]$/);
    expect(await sh('chage -l nosuch')).toBe(
      "chage: user 'nosuch' does not exist in /etc/passwd\n[1]",
    );
    // They mean something: the first session begins with a new password, none begins behind the end.
    const session = (password: string) =>
      sh(`printf '${password}' | su user -c 'su bob -c "id -un"' 2>&1`);
    const changed = await session(String.raw`user\nuser\nsecond-word\nsecond-word\n`);
    expect(changed).toContain('required to change your password immediately');
    expect(changed).toMatch(/updated successfully\nbob\n\[0\]$/);
    await sh('chage -W 14 bob');
    expect(await session(String.raw`second-word\n`)).toMatch(/Warning: .* will expire in 6 days/);
    await sh('chage -E 20000 bob');
    expect(await session(String.raw`second-word\n`)).toBe(
      'Password: Your account has expired; please contact your system administrator.\nsu: Authentication failure\n[1]',
    );
    expect(await sh("su user -c 'chage -l bob; chage -l user | head -1'")).toMatch(
      /^Last password change.*\nchage: Permission denied\.\n\[0\]$/,
    );
    await sh('userdel bob');
  });

  it('are members of groups: gpasswd and groupmod as of shadow-utils 4.13', async () => {
    await sh('useradd bob; groupadd -g 700 crew');
    const line = 'grep -E "^(crew|team):" /etc/group';
    expect(await sh(`gpasswd -a bob crew; gpasswd -a bob crew; ${line}`)).toBe(
      'Adding user bob to group crew\nAdding user bob to group crew\ncrew:x:700:bob\n[0]',
    );
    expect(await sh(`gpasswd -d bob crew; gpasswd -d bob crew; echo $?; ${line}`)).toBe(
      "Removing user bob from group crew\nRemoving user bob from group crew\n3\ncrew:x:700:\ngpasswd: user 'bob' is not a member of 'crew'\n[0]",
    );
    expect(await sh('gpasswd -a nosuch crew')).toBe("gpasswd: user 'nosuch' does not exist\n[3]");
    expect(await sh('gpasswd -a bob nosuch')).toBe(
      "gpasswd: group 'nosuch' does not exist in /etc/group\n[3]",
    );
    expect(await sh(`gpasswd -M bob,root crew; gpasswd -R crew; ${line}`)).toBe(
      'crew:!:700:bob,root\n[0]',
    );
    expect(await sh("su user -c 'gpasswd -a user crew'")).toMatch(/Permission denied\.\n\[1\]$/);
    expect(
      await sh(`groupmod -n team crew; groupmod -g 701 -p xx team; ${line}; groupmod -g 0 team`),
    ).toBe("team:xx:701:bob,root\ngroupmod: GID '0' already exists\n[4]");
    expect(await sh(`groupmod -o -g 0 -U root team; groupmod -aU bob team; ${line}`)).toBe(
      'team:xx:0:root,bob\n[0]',
    );
    expect(await sh('groupmod -n root team')).toBe("groupmod: group 'root' already exists\n[9]");
    expect(await sh("groupmod -n 'a b' team")).toBe("groupmod: invalid group name 'a b'\n[3]");
    expect(await sh('groupmod -U nosuch team')).toBe('Invalid member username nosuch\n[10]');
    expect(await sh('groupmod -g 5000 bob; id -g bob')).toBe('5000\n[0]');
    await sh('userdel bob; groupdel team');
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
