import type { LanguageRegistration } from '@shikijs/primitive';

type Load = () => Promise<{ readonly default: LanguageRegistration[] }>;

/** Each grammar is a file of its own, loaded when a block of its language is first met. */
const GRAMMARS = {
  bash: () => import('@shikijs/langs/shellscript'),
  c: () => import('@shikijs/langs/c'),
  cpp: () => import('@shikijs/langs/cpp'),
  csharp: () => import('@shikijs/langs/csharp'),
  css: () => import('@shikijs/langs/css'),
  diff: () => import('@shikijs/langs/diff'),
  docker: () => import('@shikijs/langs/docker'),
  go: () => import('@shikijs/langs/go'),
  graphql: () => import('@shikijs/langs/graphql'),
  html: () => import('@shikijs/langs/html'),
  ini: () => import('@shikijs/langs/ini'),
  java: () => import('@shikijs/langs/java'),
  javascript: () => import('@shikijs/langs/javascript'),
  json: () => import('@shikijs/langs/json'),
  jsonc: () => import('@shikijs/langs/jsonc'),
  jsx: () => import('@shikijs/langs/jsx'),
  kotlin: () => import('@shikijs/langs/kotlin'),
  lua: () => import('@shikijs/langs/lua'),
  make: () => import('@shikijs/langs/make'),
  markdown: () => import('@shikijs/langs/markdown'),
  php: () => import('@shikijs/langs/php'),
  powershell: () => import('@shikijs/langs/powershell'),
  python: () => import('@shikijs/langs/python'),
  ruby: () => import('@shikijs/langs/ruby'),
  rust: () => import('@shikijs/langs/rust'),
  scss: () => import('@shikijs/langs/scss'),
  sql: () => import('@shikijs/langs/sql'),
  svelte: () => import('@shikijs/langs/svelte'),
  swift: () => import('@shikijs/langs/swift'),
  terraform: () => import('@shikijs/langs/terraform'),
  toml: () => import('@shikijs/langs/toml'),
  tsx: () => import('@shikijs/langs/tsx'),
  typescript: () => import('@shikijs/langs/typescript'),
  xml: () => import('@shikijs/langs/xml'),
  yaml: () => import('@shikijs/langs/yaml'),
} satisfies Record<string, Load>;

export type Language = keyof typeof GRAMMARS;
export const LANGUAGES = Object.keys(GRAMMARS).filter((name): name is Language => name in GRAMMARS);

const ALIASES: ReadonlyMap<string, Language> = new Map([
  ...LANGUAGES.map((name): [string, Language] => [name, name]),
  ...aliases('bash', 'sh', 'shell', 'zsh', 'shellscript', 'console', 'shell-session'),
  ...aliases('c', 'h'),
  ...aliases('cpp', 'c++', 'cc', 'cxx', 'hpp'),
  ...aliases('csharp', 'c#', 'cs'),
  ...aliases('diff', 'patch'),
  ...aliases('docker', 'dockerfile', 'containerfile'),
  ...aliases('go', 'golang'),
  ...aliases('graphql', 'gql'),
  ...aliases('html', 'htm'),
  ...aliases('ini', 'properties', 'conf', 'editorconfig'),
  ...aliases('javascript', 'js', 'mjs', 'cjs', 'node'),
  ...aliases('jsonc', 'json5'),
  ...aliases('kotlin', 'kt', 'kts'),
  ...aliases('make', 'makefile', 'mk'),
  ...aliases('markdown', 'md'),
  ...aliases('powershell', 'ps1', 'pwsh'),
  ...aliases('python', 'py', 'python3', 'pyi'),
  ...aliases('ruby', 'rb'),
  ...aliases('rust', 'rs'),
  ...aliases('terraform', 'tf', 'hcl'),
  ...aliases('typescript', 'ts', 'mts', 'cts'),
  ...aliases('xml', 'svg', 'xsd'),
  ...aliases('yaml', 'yml'),
]);

function aliases(language: Language, ...names: readonly string[]): [string, Language][] {
  return names.map((name) => [name, language]);
}

/** The grammar for a fence's language, or for the end of a file's name; null where code stays plain. */
export const languageOf = (name: string): Language | null => ALIASES.get(name.toLowerCase()) ?? null;

export const loadGrammar = async (language: Language): Promise<LanguageRegistration[]> =>
  (await GRAMMARS[language]()).default;
