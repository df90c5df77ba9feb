// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the shell's own
/** Field splitting, XCU 2.6.5: kinds of IFS, data, and what is split. */
import { combine, thin } from '../combine.ts';

const P = `p() { IFS=' '; printf '<%s>' "$#" "$@"; }`;

export const splitting: readonly string[] = [
  ...thin(
    combine(
      {
        ifs: [
          "IFS=' '",
          'IFS=:',
          "IFS=' :'",
          "IFS='\t'",
          'IFS=',
          'unset IFS',
          'IFS=a',
          "IFS='::'",
          "IFS='\n'",
        ],
        data: [
          'a b',
          ' a  b ',
          'a:b',
          ':a:',
          'a::b',
          ' : a : b : ',
          'a\tb',
          'a\nb\n',
          '',
          ' ',
          ':',
          '::',
          'abca',
          'a :b',
          'a: b',
        ],
      },
      `${P}; x='<data>'; <ifs>; p $x`,
    ),
    3,
  ),
  ...combine(
    {
      ifs: ["IFS=' '", 'IFS=:', "IFS=', '"],
      form: [
        '$x$y',
        '$x"$y"',
        'a$x',
        '$x"a"',
        '$x""',
        '""$x',
        '$x$x',
        '"$x"$y',
        '-$x-$y-',
        "$x'' ''$y",
        '${x}b${y}',
        '$x$(echo c:d)',
        '$((10))$x',
        '$e$x',
        '$e"$e"',
        "$e''$e",
      ],
    },
    `${P}; x=' a:b, ' y=':c d,' e=; <ifs>; p <form>`,
  ),
  ...combine(
    {
      ifs: ['IFS=0', 'IFS=1', 'IFS=-'],
      form: [
        '$((1001))',
        '$((-5))',
        '"$((1001))"',
        '$(echo 101)',
        '`echo 101`',
        '"`echo 101`"',
        '101',
        '$#',
        '$?',
      ],
    },
    `${P}; <ifs>; p <form>`,
  ),
  ...combine(
    {
      ifs: ['IFS=:', "IFS=' '"],
      context: [
        'y=$x; p "$y"',
        'case $x in "a:b c") p 1;; *) p 2;; esac',
        'for i in $x; do p "$i"; done',
        'p ${n-$x}',
        'p "${n-$x}"',
        'p ${x#a}',
        'p ${x%c}',
        'set -- $x; p "$2"',
        'p a=$x',
        'export y=$x; p "$y"',
        'p <<E $x\nE',
        'p `echo "$x"`',
        'p $(echo "$x")',
      ],
    },
    `${P}; x='a:b c'; <ifs>; <context>`,
  ),
];
