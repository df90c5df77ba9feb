/** Rows of elementwise operations, one for each form that an operation has. */
import { type ElementMeaning, type ElementSpec, elementRow, type Form } from './elements.ts';
import { type Category, encodingOf, MASK, SECOND } from './encoding.ts';
import type { VectorInstruction } from './vector-instruction.ts';

export type Options = Omit<Partial<ElementSpec>, 'name' | 'match' | 'form' | 'meaning'> & {
  /** What follows the dot of the name, by form, where it is not the form's name. */
  readonly suffixes?: Readonly<Partial<Record<Form, string>>>;
  /** Bits of the encoding beside funct6 and the form. */
  readonly fixed?: number;
};

export function rowsOf(
  category: Category,
  name: string,
  funct6: number,
  forms: readonly Form[],
  meaning: ElementMeaning,
  { suffixes, fixed = 0, ...options }: Options = {},
): VectorInstruction[] {
  return forms.map((form) =>
    elementRow({
      name: `${name}.${suffixes?.[form] ?? (form === 'uimm' ? 'vi' : form)}`,
      match: (encodingOf(category, funct6, form) | fixed) >>> 0,
      mask: MASK,
      form,
      assembly: `vd,vs2,${SECOND[form]}vm`,
      meaning,
      ...options,
    }),
  );
}

/** Multiply-add: the assembler writes vs1 before vs2. */
export function multiplyAddRows(
  category: Category,
  name: string,
  funct6: number,
  forms: readonly Form[],
  meaning: ElementMeaning,
  options: Options = {},
): VectorInstruction[] {
  return forms.flatMap((form) =>
    rowsOf(category, name, funct6, [form], meaning, {
      ...options,
      readsD: true,
      assembly: `vd,${SECOND[form]},vs2vm`,
    }),
  );
}
