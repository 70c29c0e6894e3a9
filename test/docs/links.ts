/** Reads Markdown as far as links need it: headings with their anchors, relative links, code left out. */

/** Targets of links and images outside of code: inline, by reference, and in the HTML that Markdown may hold. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown)
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\s*\[[^\]]+\]:\s*<?([^\s>]+)>?/gm,
    /\b(?:src|href|srcset)="([^"]+)"/g,
  ]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!))
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const [, heading] of withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const base = heading!
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(base) ?? 0
    seen.set(base, before + 1)
    anchors.add(before === 0 ? base : `${base}-${before}`)
  }
  return anchors
}

export function isRelative(link: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(link) && !link.startsWith('//')
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/(`+)[^`]([\s\S]*?[^`])?\1(?!`)/g, '')
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^( *)(`{3,}|~{3,}).*\n[\s\S]*?^ *\2 *$/gm, '')
}
