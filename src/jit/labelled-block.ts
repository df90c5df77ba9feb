/** Statements one after the other. */
import binaryen from 'binaryen';
import type { ExpressionRef } from './value.ts';

/** What binaryen's JavaScript has and its declarations lack. */
const { Expression } = binaryen as typeof binaryen & {
  readonly Expression: {
    readonly setType: (expression: ExpressionRef, type: binaryen.Type) => void;
  };
};

/** As one expression. */
export function sequence(module: binaryen.Module, code: ExpressionRef[]): ExpressionRef {
  const [only] = code;
  return only !== undefined && code.length === 1 ? only : module.block(null, code);
}

/**
 * A block without a value that has branches to its label. To learn that it has, binaryen would walk all that is in it where its end cannot
 * be reached, and so at each level of a nest anew; with a type that it believes it does not look.
 */
export function labelledBlock(
  module: binaryen.Module,
  label: string,
  code: ExpressionRef[],
): ExpressionRef {
  const block = module.block(label, code, binaryen.i32);
  Expression.setType(block, binaryen.none);
  return block;
}
