/** A view as Ink lays it out: title, lines, one of them marked, in exactly the size that it is given. */
import { Box, Text } from 'ink';
import type { WindowSize } from '../../api/system.ts';
import { moreText, windowOf } from '../model.ts';
import { type Content, fitted, type Line, pad } from './line.ts';

/** The line at the left edge. */
const EDGE = '│';

/** Below that the title has all of its line. */
const MIN_MORE_COLUMNS = 40;

/** https://no-color.org */
function hasColour(): boolean {
  return !process.env['NO_COLOR'];
}

function Row(props: { line: Line; columns: number; isMarked: boolean }) {
  const spans = fitted(props.line, props.columns);
  return (
    <Text wrap="truncate" inverse={props.isMarked}>
      {spans.map(({ text, colour, isBold }, index) => (
        <Text
          // biome-ignore lint/suspicious/noArrayIndexKey: spans are positions in the line, they have no identity
          key={index}
          bold={isBold === true}
          {...(colour && hasColour() && !props.isMarked ? { color: colour } : {})}
        >
          {text}
        </Text>
      ))}
    </Text>
  );
}

export function ViewFrame(props: {
  content: Content;
  size: WindowSize;
  hasFocus: boolean;
  /** At the bottom, such as a prompt; undefined: none. */
  footer: string | undefined;
}) {
  const { content, size, hasFocus, footer } = props;
  const columns = Math.max(1, size.columns - 2);
  const fixed = 1 + content.head.length + (footer === undefined ? 0 : 1);
  const height = Math.max(0, size.rows - fixed);
  const selected = content.selected ?? content.lines.length - 1;
  const { first, items } = windowOf(content.lines, selected, height);
  const blank = Math.max(0, height - items.length);
  const rows = [...content.head, ...items, ...Array<Line>(blank).fill('')].slice(0, size.rows - 1);
  // The end of a stream is all there is to see of it, until a line is marked.
  const more =
    content.selected === undefined || columns < MIN_MORE_COLUMNS
      ? ''
      : moreText(content.lines.length, first, items.length);
  const marked =
    content.selected === undefined ? -1 : content.head.length + content.selected - first;
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} overflow="hidden">
      <Text bold={hasFocus} inverse wrap="truncate">
        {pad(` ${content.title}`, size.columns - more.length - 1)}
        {`${more} `}
      </Text>
      {rows.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are positions on the screen, they have no identity
        <Box key={index} height={1}>
          <Text dimColor>{EDGE} </Text>
          <Row line={line} columns={columns} isMarked={index === marked && hasFocus} />
        </Box>
      ))}
      {footer !== undefined && (
        <Text bold wrap="truncate">
          {pad(`${EDGE} ${footer}`, size.columns)}
        </Text>
      )}
    </Box>
  );
}
