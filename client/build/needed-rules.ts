/** The statements of a style sheet, each with the block that it opens, if any. */
function* statements(css: string): Generator<{ head: string; body: string | undefined }> {
  const tokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*[\s\S]*?\*\/|[{};]/g;
  let depth = 0;
  let start = 0;
  let opened = 0;
  for (const { 0: token, index } of css.matchAll(tokens)) {
    if (token === '{') {
      if (depth === 0) opened = index;
      depth += 1;
    } else if (token === '}') {
      depth -= 1;
      if (depth === 0) yield { head: css.slice(start, opened).trim(), body: css.slice(opened + 1, index) };
    } else if (token !== ';') continue;
    if (depth === 0) {
      if (token === ';') yield { head: css.slice(start, index).trim(), body: undefined };
      start = index + 1;
    }
  }
}

const declarations = /(--[\w-]+)\s*:([^;{}]*);?/g;
const variablesIn = (css: string): string[] => [...css.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name = '']) => name);

/** Leaves out the variables that nothing else in a style sheet uses. */
function withoutUnused(css: string): string {
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of css.matchAll(declarations)) {
    values.set(name, `${values.get(name) ?? ''} ${value}`);
  }
  const used = new Set<string>();
  const pending = variablesIn(css.replaceAll(declarations, ''));
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    pending.push(...variablesIn(values.get(name) ?? ''));
  }
  return css.replaceAll(declarations, (declaration, name) => (used.has(name) ? declaration : ''));
}

/** The rules of a style sheet that may hold in a page of this markup: all but those for classes that are not in it. */
export function neededRules(css: string, markup: string): string {
  const there = new Set([...markup.matchAll(/class="([^"]*)"/g)].flatMap(([, names = '']) => names.split(' ')));

  function within(sheet: string): string {
    let needed = '';
    for (const { head, body } of statements(sheet)) {
      if (body === undefined) needed += `${head};`;
      else if (/^@(media|layer|supports)/.test(head)) {
        const inner = within(body);
        if (inner) needed += `${head}{${inner}}`;
      } else {
        const classes = [...head.matchAll(/\.([\w-]+)/g)].map(([, name = '']) => name);
        const isNeeded =
          classes.length === 0 ? !head.startsWith('@keyframes') : classes.some((name) => there.has(name));
        if (isNeeded) needed += `${head}{${body}}`;
      }
    }
    return needed;
  }
  return withoutUnused(within(css));
}
