/** Text in columns of a terminal, in which a letter may be two cells wide or none. */
import stringWidth from 'string-width';

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Exactly `width` cells: cut with an ellipsis, or filled up. */
export function cell(text: string, width: number): string {
  return pad(cut(text, width), width);
}

/** At most `width` cells. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let cells = 1; // the ellipsis
  for (const { segment } of letters.segment(text)) {
    cells += stringWidth(segment);
    if (cells > width) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
