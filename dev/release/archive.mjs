import { basename, dirname } from 'node:path';
import { step } from '../setup/run.mjs';

// All that could differ between two machines is fixed.
const FIXED = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];

/** Packs a folder. The same files and time, in seconds since 1970, make the same bytes. */
export const archive = ({ dir, file, time }) =>
  step(
    'archive',
    'tar',
    [
      ...[...FIXED, '--mode=u=rwX,go=rX', `--mtime=@${time}`, '--use-compress-program=gzip -n -9'],
      ...['--create', '--file', file, '--directory', dirname(dir), basename(dir)],
    ],
    { next: 'packing needs GNU tar and gzip' },
  );
