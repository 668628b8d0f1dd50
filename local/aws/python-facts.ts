/** What an interpreter says of itself. */
export interface PythonFacts {
  readonly program: string;
  readonly version: readonly [major: number, minor: number];
  /** Whether `-m venv` will work. */
  readonly canMakeEnvironments: boolean;
}

const oldest = [3, 10] as const;

/** Parses `3 11 1`: major, minor, and whether the modules for virtual environments are there. Nothing else counts as a Python. */
export function parsePythonFacts(program: string, text: string): PythonFacts | undefined {
  const [, major, minor, environments] = /^(\d+) (\d+) ([01])\s*$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return { program, version: [Number(major), Number(minor)], canMakeEnvironments: environments === '1' };
}

/** What the user has to do before ministack can run, given the interpreters found; nothing when one of them serves. */
export function judgePython(found: readonly PythonFacts[]): string | undefined {
  const newEnough = found.filter(({ version }) => isNewEnough(version));
  if (newEnough.some(({ canMakeEnvironments }) => canMakeEnvironments)) return undefined;
  const need = `The local AWS (ministack) needs Python ${oldest.join('.')} or newer with its venv module`;
  const install =
    'Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python3) or name one with the option `python`.';
  const [first] = newEnough;
  if (first !== undefined) {
    const version = first.version.join('.');
    return `${need}; ${first.program} is Python ${version} but has no venv. Install it (Debian, Ubuntu: apt install python${version}-venv).`;
  }
  if (found.length === 0) return `${need}; none was found on PATH. ${install}`;
  return `${need}; found ${found.map(({ program, version }) => `${program} ${version.join('.')}`).join(', ')}. ${install}`;
}

function isNewEnough([major, minor]: PythonFacts['version']): boolean {
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
