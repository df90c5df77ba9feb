/** Shells, languages, archivers and tools that none of the other roots has. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { more as root } from './more.ts';
import { bash, start } from './root.ts';

const ZEROS = createHash('sha256').update(Buffer.alloc(100_000)).digest('hex');

/** A script, and what it prints. */
const CASES: Readonly<Record<string, readonly [script: string, expected: string]>> = {
  'gnupg signs, verifies, encrypts': [
    `gpg --batch --passphrase '' --quick-gen-key t@x ed25519 2> /dev/null; echo hello > m
      gpg --batch --yes -a --clearsign m; gpg --verify m.asc 2>&1 | grep -c '^gpg: Good signature'
      gpg --batch --passphrase x -c m; gpg --batch --passphrase x -d m.gpg 2> /dev/null; gpgconf --kill all`,
    '1\nhello\n',
  ],
  'openssl: a certificate, a cipher there and back': [
    `openssl genpkey -algorithm ed25519 -out k; openssl req -new -x509 -key k -subj /CN=x -days 2 -out c; openssl verify -CAfile c c
      head -c 100000 /dev/zero | openssl enc -aes-256-cbc -pbkdf2 -k p | openssl enc -d -aes-256-cbc -pbkdf2 -k p | sha256sum | cut -c1-64`,
    `c: OK\n${ZEROS}\n`,
  ],
  'archivers, some of many threads': [
    `seq 200000 > r; for c in 'xz -T2 -1' 'zstd -T2 -q' 'pigz -p2' 'lz4 -q' 'bzip2 -1'; do $c < r > o; case $c in zstd*|lz4*) d="\${c%% *} -dcq";; *) d="\${c%% *} -dc";; esac
      $d < o | cmp - r && echo \${c%% *}; done; zip -q z.zip r && unzip -p z.zip r | cmp - r && echo zip`,
    'xz\nzstd\npigz\nlz4\nbzip2\nzip\n',
  ],
  'luajit translates, and calls C': [
    `luajit -e 'local s = 0 for i = 1, 1e6 do s = s + i end print(s, (jit.status()))'
      luajit -e 'local f = require("ffi") f.cdef("int getppid(void);") print(f.C.getppid())' | grep -cx $$`,
    '500000500000\ttrue\n1\n',
  ],
  'swi-prolog, with a thread': [
    `swipl -g 'X is 2**100, print(X), nl, findall(Y, between(1, 5, Y), L), print(L), nl, thread_create(true, T), thread_join(T), halt'`,
    `${2n ** 100n}\n[1,2,3,4,5]\n`,
  ],
  'tcsh and mksh': [
    `tcsh -fc 'set x=(a b c); echo $#x; echo $x[2]'; mksh -c 'cat |& print -p hi; read -p y; echo $y $((6 * 7))'`,
    '3\nb\nhi 42\n',
  ],
  rcs: [
    `echo 1 > f; ci -q -u -t-x -minit f; co -q -l f; echo 2 >> f; ci -q -u -m2 f; rcsdiff -q -r1.1 f | tail -1`,
    '> 2\n',
  ],
  'neovim: an editor, lua, and a job': [
    `printf 'b\\na\\n' > f; nvim --clean -es +sort +wq f < /dev/null; cat f
      nvim --clean --headless '+lua io.stdout:write(vim.fn.system({"tr", "a-z", "A-Z"}, "child\\n"))' +q < /dev/null`,
    'a\nb\nCHILD\n',
  ],
  'screen runs a command in a session of its own': [
    `screen -dmS s sh -c 'tty > s.out; echo done > s.done'; until [ -e s.done ]; do sleep 0.1; done; cut -d/ -f1-3 s.out`,
    '/dev/pts\n',
  ],
  'parallel, miller, toybox, tini': [
    `seq 6 | parallel -j3 -k 'echo {} $((2*{}))' | paste -sd' '; printf 'a,b\\n1,2\\n3,4\\n' | mlr --icsv --ocsv put '$c = $a * $b'
      toybox seq 3 | toybox tac | toybox paste -s; tini -s -- sh -c 'sleep 0.1 & exit 3'; echo $?`,
    '1 2 2 4 3 6 4 8 5 10 6 12\na,b,c\n1,2,2\n3,4,12\n3\t2\t1\n3\n',
  ],
  'a session bus': [
    `dbus-run-session -- sh -c 'dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames' | grep -c '"org.freedesktop.DBus"'`,
    '1\n',
  ],
};

describe.skipIf(!root)('shells, languages, archivers, tools', () => {
  let system: System;
  beforeAll(async () => {
    system = await start('1G', root);
  });
  afterAll(() => system?.close());

  it.each(Object.entries(CASES))('%s', async (name, [script, expected]) => {
    const { stdout } = await bash(system, `d=$(mktemp -d /root/work.XXXXXX) && cd $d; ${script}`);
    expect(stdout, name).toBe(expected);
  });
});
