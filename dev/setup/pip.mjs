import { installed } from './installed.mjs';
import { step } from './run.mjs';

/**
 * Installs a program that somebody has built and put on PyPI into a directory of its own. It needs
 * Python's pip, and compiles nothing.
 */
export const pipInstall = (title, requirement, final, options = {}) =>
  installed(final, (dir) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:'];
    return step(title, 'python3', [...args, '--target', dir, requirement], options);
  });
