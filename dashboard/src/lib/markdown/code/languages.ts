/** Languages whose grammars are loaded by the worker, and only by it: pages must not carry them. */
export const LANGUAGES = [
  'bash',
  'c',
  'cpp',
  'csharp',
  'css',
  'diff',
  'docker',
  'go',
  'graphql',
  'html',
  'ini',
  'java',
  'javascript',
  'json',
  'jsonc',
  'jsx',
  'kotlin',
  'lua',
  'make',
  'markdown',
  'php',
  'powershell',
  'python',
  'ruby',
  'rust',
  'scss',
  'sql',
  'svelte',
  'swift',
  'terraform',
  'toml',
  'tsx',
  'typescript',
  'xml',
  'yaml',
] as const;
export type Language = (typeof LANGUAGES)[number];

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
