import { readFileSync } from 'node:fs';
import { init, permissions, sbvrUtils } from '@balena/pinejs';

// What everybody may read. Organizations are not in it, so a query that expands one gets 401.
const GUEST = [
  'v7.application.read?is_public eq true',
  'v7.release.read?belongs_to__application/canAccess()',
  'v7.service.read?application/canAccess()',
  'v7.image.read?is_a_build_of__service/canAccess()',
  'v7.image__is_part_of__release.read?is_part_of__release/canAccess()',
  'v7.device_type.read',
  'v7.cpu_architecture.read',
];

// The members of an organization may also read its applications, and everything that belongs to them.
export function memberPermissions(organizations) {
  return organizations.map((name) => `v7.application.read?startswith(slug,'${name}/')`);
}

export async function startModel(app, database) {
  const modelText = readFileSync(new URL('model.sbvr', import.meta.url), 'utf8');
  const models = [{ apiRoot: 'v7', modelName: 'balena', modelText }];
  const users = [{ username: 'guest', password: ' ', permissions: GUEST }];
  await init(app, { models, users }, database);
}

// A client of the model: as the given user, as a guest if there is none, or as one who may do anything.
export const apiAs = (user) => sbvrUtils.api.v7.clone({ passthrough: { req: { user } } });
export const apiAsRoot = () => apiAs(permissions.root.user);
