/** Breaks at blanks; a word that is too long stays whole, so that paths and commands can be copied. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = lines.length === 0 ? '' : indent;
    for (const word of paragraph.split(/(?<=\S)(?= )/)) {
      const isFull = line.trim() !== '' && line.length + word.trimEnd().length > width;
      if (isFull) lines.push(line.trimEnd());
      line = isFull ? indent + word.trimStart() : line + word;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}
