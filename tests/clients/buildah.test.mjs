import { needs } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { buildah } from './adapters/buildah.mjs';
import { pulls } from './contract.mjs';
import { describe } from 'node:test';
const options = needs('buildah');
const { upstream, url } = await front();
const { pull } = buildah();
describe('buildah', options, () => pulls({ upstream, url, pull }));
