/** Go's `strings.Cut`: what stands before and after the first separator; `found` says whether there is one. */
export function cut(text: string, separator: string): { before: string; after: string; found: boolean } {
  const at = text.indexOf(separator);
  if (at === -1) return { before: text, after: "", found: false };
  return { before: text.slice(0, at), after: text.slice(at + separator.length), found: true };
}
