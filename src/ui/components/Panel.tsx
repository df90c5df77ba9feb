/** A framed list over the terminal: title, lines, one of them selected. */
import { Box, Text } from 'ink';
import { moreText, windowOf } from '../model.ts';

export function Panel(props: {
  title: string;
  lines: readonly string[];
  selected: number;
  rows: number;
  columns: number;
}) {
  // Two lines of frame, one of title.
  const height = Math.max(1, props.rows - 3);
  const { first, items } = windowOf(props.lines, props.selected, height);
  const width = props.columns - 4;
  const more = moreText(props.lines.length, first, items.length);
  const title = more === '' ? props.title : `${props.title}  ${more}`;
  return (
    <Box
      borderStyle="round"
      flexDirection="column"
      height={props.rows}
      width={props.columns}
      paddingX={1}
    >
      <Text bold wrap="truncate">
        {title}
      </Text>
      {items.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are positions on the screen, they have no identity
        <Text key={index} inverse={first + index === props.selected} wrap="truncate">
          {line.slice(0, width).padEnd(width)}
        </Text>
      ))}
    </Box>
  );
}
