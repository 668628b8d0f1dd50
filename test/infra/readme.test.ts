import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test("README's example is the file that npm start applies", () => {
  const [, file = '', shown = ''] = /```yaml\n# (\S+)\n([\s\S]*?)```/.exec(readText('README.md')) ?? [];

  expect(file).toBe('local/example/external-secret.yaml');
  expect(readText(file)).toContain(shown);
});

test('every page that a page names exists', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter((page) =>
    page.endsWith('.md'),
  );

  const broken = pages.flatMap((page) =>
    [...readText(page).matchAll(/\]\(([^):#]+\.md)\)/g)]
      .map(([, target = '']) => join(ROOT, page, '..', target))
      .filter((target) => {
        try {
          return readFileSync(target).length === 0;
        } catch {
          return true;
        }
      }),
  );

  expect(broken).toEqual([]);
});

test('every script that README names is in package.json', () => {
  const { scripts } = JSON.parse(readText('package.json'));

  const named = [...readText('README.md').matchAll(/npm (?:run )?(start|test|build|e2e(?::\w+)?)\b/g)].map(
    ([, name]) => name,
  );

  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});
