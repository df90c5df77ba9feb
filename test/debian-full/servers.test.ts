/** Servers on AF_UNIX with their clients, languages with threads of their own, programs that load the disk and the scheduler. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { bash, start } from './root.ts';
import { servers as root } from './servers.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const largest = Array.from({ length: 1000 }, (_, n) => md5(String(n + 1)))
  .sort()
  .at(-1);

/** `await COMMAND` waits for a server: it is asked again until it answers. */
const AWAIT = 'await() { while ! "$@" > /dev/null 2>&1; do sleep 0.2; done; };';

/** A script, and what it prints. */
const CASES: Readonly<Record<string, readonly [script: string, expected: string | RegExp]>> = {
  redis: [
    `${AWAIT} cli() { redis-cli -s /tmp/redis.sock "$@"; }
      redis-server --port 0 --unixsocket /tmp/redis.sock --daemonize yes --dir /tmp --save '' --appendonly yes --logfile /tmp/redis.log; await cli ping
      cli set a 42; cli incr a; cli rpush l 1 2 3; cli lrange l 0 -1; cli eval 'return redis.call("get", KEYS[1]) * 2' 1 a
      cli bgsave; await grep -q 'Background saving terminated with success' /tmp/redis.log; cli shutdown; await grep -q 'bye bye' /tmp/redis.log; ls /tmp/dump.rdb`,
    'OK\n43\n3\n1\n2\n3\n86\nBackground saving started\n/tmp/dump.rdb\n',
  ],
  nginx: [
    `mkdir -p /var/lib/nginx /var/log/nginx files; seq 10000 > files/n; cat > n.conf <<X
user root;
pid /root/nginx.pid;
events { worker_connections 64; }
http { access_log off; server { listen unix:/tmp/nginx.sock; location / { return 200 "hello\\n"; } location /f/ { alias /root/files/; } } }
X
      nginx -t 2>&1 | grep -c successful; nginx -c /root/n.conf; get() { curl -s --unix-socket /tmp/nginx.sock http://x/$1; }
      get; get f/n | cmp - files/n && echo same; nginx -c /root/n.conf -s quit 2> /dev/null; while test -e nginx.pid; do sleep 0.1; done; echo gone`,
    '1\nhello\nsame\ngone\n',
  ],
  postgresql: [
    `P=/usr/lib/postgresql/17/bin; D=/var/lib/postgresql; echo "postgres:x:117:117::$D:/bin/bash" >> /etc/passwd; echo 'postgres:x:117:' >> /etc/group
      mkdir -p $D /var/run/postgresql; chown postgres:postgres $D /var/run/postgresql; cd $D
      as() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=$D "$@"; }
      as $P/initdb -D $D/d -A trust > log 2>&1 || cat log; as $P/pg_ctl -D $D/d -t 600 -w -o '-c listen_addresses= -k /tmp' -l /tmp/pg.log start > log || cat log /tmp/pg.log
      as $P/psql -h /tmp -qAt -c 'create table t(a int primary key, b text)' -c 'insert into t select i, md5(i::text) from generate_series(1,1000) i' \\
        -c 'select count(*), sum(a), max(b) from t' -c 'checkpoint'; as $P/pg_ctl -D $D/d -t 600 -w stop > log && tail -1 log`,
    `1000|500500|${largest}\nserver stopped\n`,
  ],
  mariadb: [
    `${AWAIT} q() { mariadb --skip-ssl -S /tmp/my.sock -N "$@"; }; D=/root/mariadb
      mariadb-install-db --user=root --datadir=$D --skip-test-db --auth-root-authentication-method=normal > log 2>&1 || cat log
      mariadbd --user=root --datadir=$D --skip-networking --socket=/tmp/my.sock --ssl=0 > log 2>&1 & await mariadb-admin --skip-ssl -S /tmp/my.sock ping
      q -e 'create database d; use d; create table t(a int primary key, b varchar(40)) engine=innodb; insert into t select seq, md5(seq) from seq_1_to_1000;
        start transaction; delete from t; rollback; select count(*), sum(a), max(b) from t; check table t'
      mariadb-admin --skip-ssl -S /tmp/my.sock shutdown; wait; grep -o 'Shutdown complete$' log`,
    `1000\t500500\t${largest}\nd.t\tcheck\tstatus\tOK\nShutdown complete\n`,
  ],
  'ssh-keygen': [
    `for t in rsa ecdsa ed25519; do ssh-keygen -q -t $t -N '' -f k.$t; ssh-keygen -yf k.$t | cut -d ' ' -f 1,2 | cmp - <(cut -d ' ' -f 1,2 k.$t.pub) && echo $t; done
      echo text > m; ssh-keygen -q -Y sign -f k.ed25519 -n file m; echo "me $(cat k.ed25519.pub)" > allowed
      ssh-keygen -Y verify -f allowed -I me -n file -s m.sig < m | cut -d ' ' -f 1-5; echo other | ssh-keygen -Y verify -f allowed -I me -n file -s m.sig 2>&1 | head -1 | tr -d '\\r'`,
    'rsa\necdsa\ned25519\nGood "file" signature for me\nSignature verification failed: incorrect signature\n',
  ],
  memcached: [
    `${AWAIT} memcached -u root -s /tmp/mc.sock & await test -S /tmp/mc.sock
      printf 'set a 0 0 2\\r\\n42\\r\\nget a\\r\\nquit\\r\\n' | socat - UNIX-CONNECT:/tmp/mc.sock; kill %1; wait`,
    'STORED\r\nVALUE a 0 2\r\n42\r\nEND\r\n',
  ],
  socat: [
    `${AWAIT} socat UNIX-LISTEN:/tmp/so,fork EXEC:'tr a-z A-Z' 2> /dev/null & await test -S /tmp/so
      echo shout | socat - UNIX-CONNECT:/tmp/so; kill %1; wait; socat -u EXEC:'echo through a pty',pty,raw -`,
    'SHOUT\nthrough a pty\n',
  ],
  dbus: [
    `mkdir -p /run/dbus; dbus-run-session -- dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames | grep -c '"org.freedesktop.DBus"'`,
    '1\n',
  ],
  expect: [
    `expect -c 'log_user 0; set timeout -1; spawn bash --norc; expect "# "; send "echo \\$((6*7))\\r"; expect -re "(42)\\r"; puts $expect_out(1,string); send "exit 3\\r"; expect eof; puts [lindex [wait] 3]'`,
    '42\n3\n',
  ],
  perl: [
    `perl -MPOSIX -MList::Util=sum -MDigest::SHA=sha256_hex -e 'print sum(1..100), " ", sha256_hex("x"), "\\n"; $| = 1; my $p = fork; exit 7 if !$p; waitpid $p, 0; print $? >> 8, "\\n";
        local $SIG{ALRM} = sub { die "alarm\\n" }; eval { alarm 1; select undef, undef, undef, 1000 }; print $@, strftime("%Y", gmtime 0), "\\n"'
      perl -Mthreads -Mthreads::shared -e 'my $n : shared = 0; $_->join for map { threads->create(sub { for (1..100) { lock $n; $n++ } }) } 1..4; print "$n\\n"'
      perl -MIO::Socket::UNIX -e 'my $l = IO::Socket::UNIX->new(Local => "/tmp/s", Listen => 1) or die $!; if (!fork) { print { IO::Socket::UNIX->new(Peer => "/tmp/s") } "over the socket\\n"; exit } print $l->accept->getline'`,
    `5050 ${sha256('x')}\n7\nalarm\n1970\n400\nover the socket\n`,
  ],
  guile: [
    `guile -c '(use-modules (ice-9 threads) (srfi srfi-1)) (display (list (fold + 0 (iota 101)) (expt 2 100) (par-map (lambda (x) (* x x)) (iota 5)))) (newline)'`,
    `(5050 ${2n ** 100n} (0 1 4 9 16))\n`,
  ],
  ocaml: [
    `echo 'let rec f n = if n < 2 then 1 else n * f (n-1);; print_int (f 15); print_newline ();; let d = Domain.spawn (fun () -> 6*7) in print_int (Domain.join d); print_newline ()' > a.ml
      ocaml a.ml; ocamlopt -o a a.ml && ./a`,
    '1307674368000\n42\n1307674368000\n42\n',
  ],
  sbcl: [
    `sbcl --noinform --non-interactive --eval '(format t "~a ~a ~a~%" (expt 2 100) (loop for i below 101 sum i) (sb-thread:join-thread (sb-thread:make-thread (lambda () 42))))'`,
    `${2n ** 100n} 5050 42\n`,
  ],
  erlang: [
    `erl -noshell -eval 'P = self(), [spawn(fun() -> P ! I end) || I <- lists:seq(1,1000)], io:format("~p~n", [lists:sum([receive X -> X end || _ <- lists:seq(1,1000)])]), init:stop().'`,
    '500500\n',
  ],
  emacs: [
    `emacs --batch --eval '(progn (princ (* 6 7)) (with-temp-buffer (insert "\\nb\\na\\n") (sort-lines nil (point-min) (point-max)) (princ (buffer-string))) (princ (shell-command-to-string "echo sub")))'`,
    '42\na\nb\nsub\n',
  ],
  'm4, flex and gcc': [
    `echo 'define(A,\`<$1>'"'"')A(2)' | m4; printf '%%option noyywrap\\n%%%%\\n[0-9]+ printf("<%%s>", yytext);\\n%%%%\\nint main(void) { return yylex(); }\\n' > l.l
      flex l.l && gcc lex.yy.c -o l && echo 'a 12 b 34' | ./l`,
    '<2>\na <12> b <34>\n',
  ],
  'moreutils and pv': [
    'seq 3 > s; sponge s < <(tac s); cat s; seq 100000 | pv -q | tail -1; echo hi | ts %Y | wc -w',
    '3\n2\n1\n100000\n2\n',
  ],
  'attributes, access lists, an ext4 of its own': [
    `touch f; setfattr -n user.x -v y f; getfattr -n user.x --only-values f; echo; setfacl -m u:1000:rw f; getfacl -c f | head -3
      truncate -s 8M d.img; mke2fs -q -t ext4 d.img; e2fsck -fn d.img > log 2>&1; echo $?`,
    'y\nuser::rw-\nuser:1000:rw-\ngroup::r--\n0\n',
  ],
  'fio verifies what it wrote, by every engine': [
    `for engine in psync pvsync2 sync libaio posixaio mmap splice; do
      for how in '--numjobs=2 --thread' '--iodepth=8'; do fio --name=a --ioengine=$engine --rw=randrw --bs=4k --size=1m --verify=crc32c $how > log 2>&1 && echo $engine || cat log; done; done
      fio --name=a --ioengine=libaio --rw=randwrite --bs=4k --size=1m --verify=crc32c --iodepth=8 --direct=1 > log 2>&1 && echo direct || cat log`,
    `${['psync', 'pvsync2', 'sync', 'libaio', 'posixaio', 'mmap', 'splice'].map((name) => `${name}\n${name}\n`).join('')}direct\n`,
  ],
  sysbench: [
    `sysbench cpu --events=20 --time=0 --threads=2 run | grep 'total number'; sysbench threads --events=20 --time=0 --threads=4 run | grep 'total number'
      sysbench mutex --threads=4 --mutex-loops=100 --mutex-locks=1000 run | grep 'total number'; F='fileio --file-num=4 --file-total-size=4M --validate'
      sysbench $F prepare > log && sysbench $F --file-test-mode=rndrw --events=200 --time=0 run | grep -c 'events .*: *200' && sysbench $F cleanup > log`,
    /^( *total number of events: +20\n){2} *total number of events: +4\n1\n$/,
  ],
  'rt-tests: senders and receivers, priority inheritance, queues, timers': [
    `for how in '' -p -T; do hackbench $how -g 2 -l 20 | grep -c ^Time; done; pi_stress --inversions=100 --groups=1 --duration=60 2>&1 | grep -ciE 'deadlock|fail'
      cyclictest -q -l 5 -i 10000 -t 2 -p 50 2> /dev/null | grep -c 'C: *5'; for t in ptsematest svsematest pmqtest sigwaittest; do $t -l 5 -q 2>&1 | grep -c 'Max'; done`,
    '1\n1\n1\n0\n2\n1\n1\n1\n1\n',
  ],
};

describe.skipIf(!root)('servers, languages, loads', () => {
  let system: System;
  beforeAll(async () => {
    system = await start('1G', root);
  });
  afterAll(() => system?.close());

  it.each(Object.entries(CASES))('%s', async (_name, [script, expected]) => {
    const { stdout } = await bash(system, script);
    if (typeof expected === 'string') expect(stdout).toBe(expected);
    else expect(stdout).toMatch(expected);
  });
});
