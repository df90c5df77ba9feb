// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the shell's own
/** ${parameter...}: XCU 2.6.2, every operator on every state of the parameter. */
import { combine, thin } from '../combine.ts';

const SHOW = `printf '<%s>' "$#" "$@"`;
const STATES = ['unset x', 'x=', 'x=value', "x='two words'"];

export const parameters: readonly string[] = [
  ...thin(
    combine(
      {
        state: STATES,
        op: ['-', ':-', '+', ':+'],
        word: ['w', "'a b'", '$y', '"$y"', 'a\\ b c', ''],
      },
      `<state>; y='1 2'; set -- \${x<op><word>}; ${SHOW}`,
    ),
    2,
  ),
  ...thin(
    combine(
      { state: STATES, op: ['-', ':-', '+', ':+'], word: ['w', '"a b"', '$y', '\\}', "'"] },
      `<state>; y='1  2'; set -- "\${x<op><word>}"; ${SHOW}`,
    ),
    2,
  ),
  ...thin(
    combine(
      { state: STATES, op: ['=', ':='], word: ['w', "'a b'", '$y', '~', ''] },
      `<state>; y='1 2' HOME=/home/me; set -- \${x<op><word>} "$x"; ${SHOW}`,
    ),
    2,
  ),
  ...combine(
    { state: STATES, op: ['?', ':?'], word: ['', 'message', '$y'] },
    `<state>; (printf %s "\${x<op><word>}") 2>&-; echo " $?"`,
  ),
  ...combine(
    { state: [...STATES, 'x=äöü', 'x=a/b'] },
    '<state>; echo ${#x} "${#x}" $((${#x} + 1))',
  ),
  ...thin(
    combine(
      {
        value: ['a/b/c', 'aXbXc', '', '*x*', 'a.b.c.d', '\\a\\b'],
        op: ['#', '##', '%', '%%'],
        pattern: [
          '*',
          '?',
          '*/',
          '/*',
          'X*',
          '*X',
          '"*"',
          '\\**',
          '[a-c]',
          '.*',
          '*.',
          '"$p"',
          '$p',
        ],
      },
      `x='<value>' p='*'; printf '<%s>' "\${x<op><pattern>}"`,
    ),
    7,
  ),
  ...thin(
    combine(
      {
        list: ['', 'a', 'a b', "'a b' c", "'' x ''", "'*'"],
        form: [
          '$@',
          '$*',
          '"$@"',
          '"$*"',
          '"x$@y"',
          '"$@$@"',
          '${1-none}',
          '"${@:-none}"',
          '"${*-none}"',
          'a$@',
          '"$@"b',
        ],
      },
      `cd /; p() { ${SHOW}; }; set -- <list>; p <form>`,
    ),
    2,
  ),
  ...thin(
    combine(
      {
        ifs: ['IFS=', 'IFS=:', "IFS=': '", 'unset IFS', "IFS=','"],
        use: [
          'p "$*"',
          'p $*',
          'p "$@"',
          'p $@',
          'p "a$*b"',
          'x=$*; p "$x"',
          'x="$*"; p "$x"',
          'p ${n-$*}',
          'p "${n-$*}"',
        ],
      },
      `p() { IFS=' '; ${SHOW}; }; set -- 'a b' c:d '' e; <ifs>; <use>`,
    ),
    2,
  ),
  ...combine(
    { name: ['1', '10', '11', '{10}', '{11}', '{1}0', '#', '{#}', '?'] },
    'set -- a b c d e f g h i J; echo "$<name>"',
  ),
  ...thin(
    combine(
      {
        outer: ['-', ':-', '+', '#', '%'],
        inner: ['${y-z}', '"${y-z}"', '${y%?}', '$(echo q)', '$((1+1))', '`echo b`'],
      },
      `x=zqz y=zz; printf '<%s>' "\${x<outer><inner>}" \${n<outer><inner>}`,
    ),
    2,
  ),
  ...combine(
    {
      option: ['set -u', 'set +u'],
      use: [
        '$x',
        '${x-d}',
        '${x+d}',
        '${#x}',
        '${x#a}',
        '$((x))',
        '"$@"',
        '$*',
        '$1',
        '${x:=v}',
        '$!',
      ],
    },
    '(<option>; set --; echo [<use>]) 2>&-; echo $?',
  ),
  ...combine(
    { bad: ['${}', '${x', '${x-', '${-x}', '${1x}', '${x:}', '${x;y}', '${ x}', '${x y}'] },
    "(eval 'echo <bad>') 2>&-; test $? -ne 0 && echo error",
  ),
];
